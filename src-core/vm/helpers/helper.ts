import { VmFault } from '../fault.ts';
import type { VmMap } from '../maps/map.ts';
import type { PacketBuffer } from '../packet.ts';
import type { Runtime } from '../runtime.ts';
import { type Callbacks, callBack } from './callback.ts';

/**
 * One helper: reads its arguments with `rt.arg()`, leaves its result with `rt.ret()`. `args` says how many of
 * r1..r5 it reads, so that the JIT stores no more.
 */
export interface Helper {
  readonly id: number;
  readonly name: string;
  readonly args: 0 | 1 | 2 | 3 | 4 | 5;
  call(rt: Runtime): void;
  /** A helper that calls back: its calls, or null when it has its result at once. `call` makes them as Wasm. */
  readonly callbacks?: (rt: Runtime) => Callbacks | null;
}

export function helper(id: number, name: string, args: Helper['args'], call: (rt: Runtime) => void): Helper {
  return { id, name, args, call };
}

/** A helper whose result is a 32-bit integer or an address. */
export function intHelper(
  id: number,
  name: string,
  args: Helper['args'],
  call: (rt: Runtime) => number,
): Helper {
  return { id, name, args, call: (rt) => rt.ret(call(rt)) };
}

/** A helper that calls subprograms of the program that calls it. */
export function callbackHelper(
  id: number,
  name: string,
  args: Helper['args'],
  callbacks: (rt: Runtime) => Callbacks | null,
): Helper {
  const call = (rt: Runtime): void => {
    const calls = callbacks(rt);
    if (calls !== null) callBack(rt, calls);
  };
  return { id, name, args, call, callbacks };
}

/** The map whose pointer is argument `n`. */
export function mapArg(rt: Runtime, n: number): VmMap {
  const map = rt.maps.get(rt.arg(n));
  if (map === undefined)
    throw new VmFault('memory', `argument ${n} is no map pointer: 0x${rt.arg(n).toString(16)}`);
  return map;
}

/** The packet of the run, for helpers that need one. */
export function packetOf(rt: Runtime): PacketBuffer {
  if (rt.packet === null) throw new VmFault('helper', 'this run has no packet');
  return rt.packet;
}
