import { encode, type Operands } from '../isa/encode.ts';
import type { RawInsn } from '../isa/program.ts';
import type { FormMeaning } from '../isa/table.ts';
import type { Place } from './diagnostics.ts';

/** What an instruction says by name and waits to have resolved. */
export type Ref =
  | { readonly kind: 'jump'; readonly field: 'off' | 'imm'; readonly label: string; readonly place: Place }
  /** A call of a label; or of a helper when there is no such label. */
  | { readonly kind: 'call'; readonly label: string; readonly place: Place; readonly mustBeLocal: boolean }
  /** A call of a function `imm` + 1 slots ahead. */
  | { readonly kind: 'callSlot'; readonly place: Place }
  | { readonly kind: 'address'; readonly label: string; readonly place: Place };

/** A parsed instruction: one slot, or two for a 64-bit load. */
export interface ParsedInsn {
  readonly slots: readonly RawInsn[];
  readonly ref: Ref | null;
}

export function insn(meaning: FormMeaning, operands: Operands, ref: Ref | null = null): ParsedInsn {
  return { slots: encode(meaning, operands), ref };
}
