import { LD_IMM64 } from './opcodes.ts';
import type { BpfInsns, RawInsn } from './program.ts';
import { type FieldRule, type FormMeaning, formsOf, type InsnForm } from './table.ts';

/**
 * One decoded instruction: its form's meaning beside the raw fields. The disassembler and the verifier print
 * from `raw`, the JIT and the interpreter switch on `meaning.kind`.
 */
export interface Insn {
  readonly raw: RawInsn;
  /** Slots taken: 2 for a 64-bit immediate load, else 1. */
  readonly slots: 1 | 2;
  /** Upper half of a 64-bit immediate, else 0. */
  readonly immHi: number;
  readonly meaning: FormMeaning;
}

/** Why a slot is not a valid instruction; `field` is the first one that breaks the form's rule. */
export interface InvalidInsn {
  readonly raw: RawInsn;
  readonly field: 'code' | 'dst' | 'src' | 'off' | 'imm' | 'second slot';
}

export type Decoded =
  | { readonly ok: true; readonly insn: Insn }
  | { readonly ok: false; readonly invalid: InvalidInsn };

function allows(rule: FieldRule, value: number): boolean {
  if (rule === 'any') return true;
  if (rule === 'reg') return value <= 10;
  return rule.includes(value);
}

function firstBadField(form: InsnForm, raw: RawInsn): InvalidInsn['field'] | null {
  if (!allows(form.dst, raw.dst)) return 'dst';
  if (!allows(form.src, raw.src)) return 'src';
  if (!allows(form.off, raw.off)) return 'off';
  return allows(form.imm, raw.imm) ? null : 'imm';
}

/** Decodes the instruction that starts at slot `i`. */
export function decodeAt(insns: BpfInsns, i: number): Decoded {
  const raw = insns.at(i);
  let bad: InvalidInsn['field'] = 'code';
  for (const form of formsOf(raw.code)) {
    const field = firstBadField(form, raw);
    if (field === null) return raw.code === LD_IMM64 ? decodeWide(insns, i, raw, form) : narrow(raw, form);
    bad = field;
  }
  return { ok: false, invalid: { raw, field: bad } };
}

function narrow(raw: RawInsn, form: InsnForm): Decoded {
  return { ok: true, insn: { raw, slots: 1, immHi: 0, meaning: form.meaning } };
}

function decodeWide(insns: BpfInsns, i: number, raw: RawInsn, form: InsnForm): Decoded {
  const j = i + 1;
  const whole =
    j < insns.length && insns.code[j] === 0 && insns.dst[j] === 0 && insns.src[j] === 0 && insns.off[j] === 0;
  if (!whole) return { ok: false, invalid: { raw, field: 'second slot' } };
  return { ok: true, insn: { raw, slots: 2, immHi: insns.imm[j], meaning: form.meaning } };
}
