import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAt } from '../../../src-core/isa/decode.ts';
import { encode, formOf } from '../../../src-core/isa/encode.ts';
import { BpfInsns, type RawInsn } from '../../../src-core/isa/program.ts';
import { type FieldRule, INSN_FORMS, type InsnForm } from '../../../src-core/isa/table.ts';

const s32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const s16 = fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 });
const reg = fc.integer({ min: 0, max: 10 });

function fieldOf(rule: FieldRule, any: fc.Arbitrary<number>): fc.Arbitrary<number> {
  if (rule === 'any') return any;
  return rule === 'reg' ? reg : fc.constantFrom(...rule);
}

const operandsOf = (form: InsnForm) =>
  fc.record({
    dst: fieldOf(form.dst, reg),
    src: fieldOf(form.src, reg),
    off: fieldOf(form.off, s16),
    imm: fieldOf(form.imm, s32),
    immHi: s32,
  });

describe('the instruction table', () => {
  it('has one form for every meaning and no two forms that the same bytes satisfy', () => {
    for (const form of INSN_FORMS) expect(formOf(form.meaning)).toBe(form);
  });

  it.each(
    INSN_FORMS.map((f) => [
      `${f.mnemonic} (${f.code.toString(16)}, ${Object.values(f.meaning).join(' ')})`,
      f,
    ]),
  )('encodes and decodes %s back to the same meaning and operands', (_, form) => {
    fc.assert(
      fc.property(operandsOf(form), (operands) => {
        const slots = encode(form.meaning, operands);
        const decoded = decodeAt(BpfInsns.fromRaw(slots), 0);
        if (!decoded.ok) throw new Error(`refused: ${decoded.invalid.field}`);
        expect(decoded.insn.meaning).toEqual(form.meaning);
        expect(decoded.insn.slots).toBe(slots.length);
        const { code: _code, ...fields } = decoded.insn.raw;
        const { immHi, ...given } = operands;
        expect(fields).toEqual(given);
        if (slots.length === 2) expect(decoded.insn.immHi).toBe(immHi);
      }),
      { numRuns: 30 },
    );
  });

  it('decodes random bytes to a form that encodes to the same bytes, or names the field that breaks it', () => {
    const raw: fc.Arbitrary<RawInsn> = fc.record({
      code: fc.integer({ min: 0, max: 255 }),
      dst: fc.integer({ min: 0, max: 15 }),
      src: fc.integer({ min: 0, max: 15 }),
      off: fc.oneof(fc.constant(0), s16),
      imm: fc.oneof(fc.constant(0), s32),
    });
    fc.assert(
      fc.property(raw, fc.boolean(), (insn, tail) => {
        const program = BpfInsns.fromRaw(tail ? [insn, { code: 0, dst: 0, src: 0, off: 0, imm: 7 }] : [insn]);
        const decoded = decodeAt(program, 0);
        if (decoded.ok) {
          const { raw: fields, immHi, meaning } = decoded.insn;
          expect(encode(meaning, { ...fields, immHi })[0]).toEqual(insn);
        } else {
          expect(['code', 'dst', 'src', 'off', 'imm', 'second slot']).toContain(decoded.invalid.field);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe('instruction bytes', () => {
  it('survive splitting into fields and joining again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 64 }), (bytes) => {
        const whole = bytes.subarray(0, bytes.length & ~7);
        expect(BpfInsns.fromBytes(whole).toBytes()).toEqual(whole);
      }),
    );
  });

  it('are refused with the offset when they are not a multiple of 8', () => {
    expect(() => BpfInsns.fromBytes(new Uint8Array(13))).toThrow(/13 bytes/);
  });
});
