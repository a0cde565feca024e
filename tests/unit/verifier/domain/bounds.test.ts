import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BPF_ADD,
  BPF_ALU,
  BPF_ALU64,
  BPF_AND,
  BPF_ARSH,
  BPF_END,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
  BPF_JNE,
  BPF_JSET,
  BPF_JSGE,
  BPF_JSGT,
  BPF_JSLE,
  BPF_JSLT,
  BPF_LSH,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_RSH,
  BPF_SUB,
  BPF_TO_BE,
  BPF_XOR,
} from '../../../../src-core/isa/opcodes.ts';
import * as D from '../../../../src-core/verifier/domain/index.ts';
import { isMember, s32, s64, sample, u32, u64, value } from './model.ts';

const copy = (a: Int32Array): Int32Array => Int32Array.from(a);
const runs = { numRuns: 2000 };

describe('bounds', () => {
  it('sync keeps every member', () => {
    fc.assert(
      fc.property(sample, ({ reg, member }) => {
        const after = copy(reg);
        D.regBoundsSync(after, 0);
        expect(isMember(after, member)).toBe(true);
        expect(D.regBoundsViolation(after, 0)).not.toBe('range bounds violation');
      }),
      runs,
    );
  });

  it('coerces to smaller sizes', () => {
    fc.assert(
      fc.property(sample, fc.constantFrom(1, 2, 4), ({ reg, member }, size) => {
        const bits = size * 8;
        const zero = copy(reg);
        D.regBoundsSync(zero, 0);
        const signed = copy(zero);
        D.coerceRegToSize(zero, 0, size);
        expect(isMember(zero, BigInt.asUintN(bits, member))).toBe(true);
        D.coerceRegToSizeSx(signed, 0, size);
        expect(isMember(signed, u64(BigInt.asIntN(bits, member)))).toBe(true);
      }),
      runs,
    );
  });

  it('sign-extends into the low word', () => {
    fc.assert(
      fc.property(sample, fc.constantFrom(1, 2), ({ reg, member }, size) => {
        const r = copy(reg);
        D.regBoundsSync(r, 0);
        D.coerceSubregToSizeSx(r, 0, size);
        D.zext32To64(r, 0);
        D.regBoundsSync(r, 0);
        expect(isMember(r, u32(BigInt.asIntN(size * 8, member)))).toBe(true);
      }),
      runs,
    );
  });

  it('compares ranges', () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const [old, cur] = [copy(a.reg), copy(b.reg)];
        if (D.rangeWithin(old, 0, cur, 0) && D.tnumIn(old, 0, cur, 0)) {
          expect(isMember(old, b.member)).toBe(true);
        }
      }),
    );
  });
});

type Word = (v: bigint) => bigint;

function concrete(op: number, x: bigint, y: bigint, wrap: Word, signed: Word, bits: bigint): bigint {
  const n = y & (bits - 1n);
  switch (op) {
    case BPF_ADD:
      return wrap(x + y);
    case BPF_SUB:
      return wrap(x - y);
    case BPF_MUL:
      return wrap(x * y);
    case BPF_AND:
      return wrap(x & y);
    case BPF_OR:
      return wrap(x | y);
    case BPF_XOR:
      return wrap(x ^ y);
    case BPF_LSH:
      return wrap(x << n);
    case BPF_RSH:
      return wrap(x) >> n;
    case BPF_ARSH:
      return wrap(signed(x) >> n);
    default:
      return wrap(-x);
  }
}

const ALU_OPS = {
  add: BPF_ADD,
  sub: BPF_SUB,
  mul: BPF_MUL,
  and: BPF_AND,
  or: BPF_OR,
  xor: BPF_XOR,
  neg: BPF_NEG,
  lsh: BPF_LSH,
  rsh: BPF_RSH,
  arsh: BPF_ARSH,
};

describe.each(Object.entries(ALU_OPS))('%s', (_, op) => {
  it.each([
    ['64', BPF_ALU64],
    ['32', BPF_ALU],
  ])('of members is a member, %s bits', (_bits, cls) => {
    const is64 = cls === BPF_ALU64;
    const isShift = op === BPF_LSH || op === BPF_RSH || op === BPF_ARSH;
    fc.assert(
      fc.property(sample, sample, fc.nat({ max: is64 ? 63 : 31 }), (a, b, shift) => {
        const dst = copy(a.reg);
        const src = copy(b.reg);
        D.regBoundsSync(dst, 0);
        D.regBoundsSync(src, 0);
        let y = b.member;
        if (isShift) {
          y = BigInt(shift);
          D.markRegKnown(src, 0, shift, 0);
        }
        expect(D.isSafeToComputeDstRegRange(op | cls, src, 0)).toBe(true);
        D.scalarAlu(dst, 0, src, 0, op | cls, 0);
        const result = is64
          ? concrete(op, a.member, y, u64, s64, 64n)
          : concrete(op, a.member, y, u32, s32, 32n);
        expect(isMember(dst, result)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('byte swap', () => {
  it('of a member is a member', () => {
    fc.assert(
      fc.property(sample, fc.constantFrom(16, 32, 64), fc.boolean(), ({ reg, member }, bits, swap) => {
        const r = copy(reg);
        D.regBoundsSync(r, 0);
        D.scalarAlu(r, 0, r, 0, BPF_ALU | BPF_END | (swap ? BPF_TO_BE : 0), bits);
        const low = BigInt.asUintN(bits, member);
        const hex = low.toString(16).padStart(bits / 4, '0');
        const swapped = BigInt(`0x${hex.match(/../g)!.reverse().join('')}`);
        expect(isMember(r, swap ? swapped : low)).toBe(true);
      }),
    );
  });
});

const JUMPS: Record<string, readonly [number, (a: bigint, b: bigint, s: Word) => boolean]> = {
  jeq: [BPF_JEQ, (a, b) => a === b],
  jne: [BPF_JNE, (a, b) => a !== b],
  jset: [BPF_JSET, (a, b) => (a & b) !== 0n],
  jgt: [BPF_JGT, (a, b) => a > b],
  jge: [BPF_JGE, (a, b) => a >= b],
  jlt: [BPF_JLT, (a, b) => a < b],
  jle: [BPF_JLE, (a, b) => a <= b],
  jsgt: [BPF_JSGT, (a, b, s) => s(a) > s(b)],
  jsge: [BPF_JSGE, (a, b, s) => s(a) >= s(b)],
  jslt: [BPF_JSLT, (a, b, s) => s(a) < s(b)],
  jsle: [BPF_JSLE, (a, b, s) => s(a) <= s(b)],
};

describe.each(Object.entries(JUMPS))('%s', (_, [op, holds]) => {
  it.each([
    ['64', false],
    ['32', true],
  ])('predicts and refines soundly, %s bits', (_bits, is32) => {
    const wrap = is32 ? u32 : u64;
    const signed = is32 ? s32 : s64;
    fc.assert(
      fc.property(sample, sample, fc.boolean(), value, (a, b, constant, k) => {
        const x = copy(a.reg);
        const y = copy(b.reg);
        let right = b.member;
        D.regBoundsSync(x, 0);
        D.regBoundsSync(y, 0);
        if (constant) {
          right = k;
          D.markRegKnown(y, 0, Number(s32(k)), Number(s32(k >> 32n)));
        }
        const taken = holds(wrap(a.member), wrap(right), signed);
        const predicted = D.isScalarBranchTaken(x, 0, y, 0, op, is32);
        if (predicted !== -1) {
          expect(predicted).toBe(taken ? 1 : 0);
          return;
        }
        D.regsRefineCondOp(x, 0, y, 0, taken ? op : D.revOpcode(op), is32);
        D.regBoundsSync(x, 0);
        D.regBoundsSync(y, 0);
        expect(isMember(x, a.member) && isMember(y, right)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
