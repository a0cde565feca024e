import { MAX_TAIL_CALLS } from '../../jit/abi.ts';
import type { RunnableProgram } from '../activation.ts';
import type { Runtime } from '../runtime.ts';
import { mapArg } from './helper.ts';

/**
 * bpf_tail_call(ctx, prog array, index) with the arguments in the scratch: the program to go on with, which
 * counts as a tail call taken; null when the call falls through.
 */
export function tailCallTarget(rt: Runtime): RunnableProgram | null {
  const map = mapArg(rt, 2);
  const run = rt.current;
  if (rt.arg(3) >= map.attr.maxEntries || run.tailCalls >= MAX_TAIL_CALLS) return null;
  // The key lies in the argument slot itself, which holds the index as a u32.
  const target = rt.programs.get(map.lookup(rt.argAddress(3)));
  if (target === undefined) return null;
  run.tailCalls++;
  return target;
}
