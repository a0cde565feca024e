import type { Btf } from '../btf/btf.ts';
import { decodeAt, type Insn } from '../isa/decode.ts';
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
  /** The program's own types; for programs that make objects. */
  readonly btf?: Btf | null;
  /** Names of kernel functions that calls go to, by the slot of the call; for those that are not simulated. */
  readonly kfuncs?: ReadonlyMap<number, string>;
  /** First slot of the subprogram that takes exceptions, or null for the kernel's own. */
  readonly exceptionCallback?: number | null;
}

/** Instructions (interpreter) or loop rounds and callbacks (Wasm) after which a run is stopped. */
export const DEFAULT_FUEL = 200_000_000;

export type EngineName = 'jit' | 'interp';

/** A program as the interpreter walks it; null where no instruction starts. */
export interface DecodedProgram {
  readonly code: EngineProgram;
  readonly insns: readonly (Insn | null)[];
}

export function decodeProgram(code: EngineProgram): DecodedProgram {
  const insns = Array.from({ length: code.insns.length }, (_, i) => {
    const d = decodeAt(code.insns, i);
    return d.ok ? d.insn : null;
  });
  return { code, insns };
}

/** Gives a fault its place in the program as it was loaded, unless an inner program gave it one. */
export function placed(fault: VmFault, program: EngineProgram, slot: number): VmFault {
  return fault.insn === null ? fault.at(program.origin?.[slot] ?? slot) : fault;
}
