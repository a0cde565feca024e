import type { BpfInsns } from '../isa/program.ts';

/**
 * A program ready for an engine: map references already stand in it as addresses (a 64-bit immediate load
 * with src_reg 0), and the fixups are done.
 */
export interface EngineProgram {
  readonly insns: BpfInsns;
  /** First slot of each subprogram, ascending; [0] is 0. */
  readonly subprogStarts: readonly number[];
}

export interface EngineOptions {
  /** Instructions (interpreter) or loop rounds (JIT) after which a run is stopped. */
  readonly fuel: number;
}

export const DEFAULT_FUEL = 200_000_000;
