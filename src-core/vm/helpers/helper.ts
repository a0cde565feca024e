import { VmFault } from '../fault.ts';
import type { VmMap } from '../maps/map.ts';
import type { PacketBuffer } from '../packet.ts';
import type { Runtime } from '../runtime.ts';

/**
 * One helper: reads its arguments with `rt.arg()`, leaves its result with `rt.ret()`. `args` says how many of
 * r1..r5 it reads, so that the JIT stores no more.
 */
export interface Helper {
  readonly id: number;
  readonly name: string;
  readonly args: 0 | 1 | 2 | 3 | 4 | 5;
  call(rt: Runtime): void;
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
