import type { BpfInsns } from '../isa/program.ts';
import type { VmFault } from './fault.ts';

/**
 * A program ready for an engine: map references already stand in it as addresses (a 64-bit immediate load
 * with src_reg 0), and the fixups are done.
 */
export interface EngineProgram {
  readonly insns: BpfInsns;
  /** First slot of each subprogram, ascending; [0] is 0. */
  readonly subprogStarts: readonly number[];
  /** Slot in the program as it was loaded of every slot here; without it they are the same. */
  readonly origin?: Int32Array;
}

export interface EngineOptions {
  /** Instructions (interpreter) or loop rounds (JIT) after which a run is stopped. */
  readonly fuel: number;
}

export const DEFAULT_FUEL = 200_000_000;

/** Gives a fault its place in the program as it was loaded, unless an inner program gave it one. */
export function placed(fault: VmFault, program: EngineProgram, slot: number): VmFault {
  return fault.insn === null ? fault.at(program.origin?.[slot] ?? slot) : fault;
}
