import type { Runtime } from '../runtime.ts';
import { mapArg } from './helper.ts';

/** MAX_TAIL_CALL_CNT. */
const MAX_TAIL_CALLS = 33;

/**
 * Runs the program at index r3 of prog array r2 to its end, its stack below `stackTop`. True when there was
 * one: its r0 then stands in the scratch result and the caller returns at once. False: the call falls through.
 */
export function tailCall(rt: Runtime, stackTop: number): boolean {
  const map = mapArg(rt, 2);
  const index = rt.arg(3);
  if (index >= map.attr.maxEntries || rt.tailCalls >= MAX_TAIL_CALLS) return false;
  // The key lies in the argument slot itself, which holds the index as a u32.
  const target = rt.programs.get(map.lookup(rt.argAddress(3)));
  if (target === undefined) return false;
  rt.tailCalls++;
  target.run(rt.arg(1), stackTop);
  return true;
}
