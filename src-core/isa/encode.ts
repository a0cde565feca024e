import { InternalError } from '../util/assert-never.ts';
import { LD_IMM64 } from './opcodes.ts';
import type { RawInsn } from './program.ts';
import { type FieldRule, type FormMeaning, INSN_FORMS, type InsnForm } from './table.ts';

/** What an instruction leaves open: registers, offset, immediate (`immHi`: upper half of a wide load). */
export interface Operands {
  readonly dst?: number;
  readonly src?: number;
  readonly off?: number;
  readonly imm?: number;
  readonly immHi?: number;
}

const keyOf = (meaning: FormMeaning): string => Object.values(meaning).join(' ');
const byMeaning = new Map<string, InsnForm>(INSN_FORMS.map((form) => [keyOf(form.meaning), form]));

/** The table's form of a meaning. */
export function formOf(meaning: FormMeaning): InsnForm {
  const form = byMeaning.get(keyOf(meaning));
  if (form === undefined) throw new InternalError(`no instruction form for ${keyOf(meaning)}`);
  return form;
}

function field(form: InsnForm, name: 'dst' | 'src' | 'off' | 'imm', given: number | undefined): number {
  const rule: FieldRule = form[name];
  if (rule === 'any' || rule === 'reg') return given ?? 0;
  const value = given ?? rule[0];
  if (!rule.includes(value))
    throw new InternalError(`${form.mnemonic}: ${name} must be one of ${rule.join(', ')}`);
  return value;
}

/** The slots (one, or two for a wide load) of a meaning with its operands; fixed fields fill themselves. */
export function encode(meaning: FormMeaning, operands: Operands): RawInsn[] {
  const form = formOf(meaning);
  const first = {
    code: form.code,
    dst: field(form, 'dst', operands.dst),
    src: field(form, 'src', operands.src),
    off: field(form, 'off', operands.off),
    imm: field(form, 'imm', operands.imm),
  };
  if (form.code !== LD_IMM64) return [first];
  return [first, { code: 0, dst: 0, src: 0, off: 0, imm: operands.immHi ?? 0 }];
}
