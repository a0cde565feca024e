import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cmpS64, cmpU64, s64ToDec, u64ToBig, u64ToDec, u64ToHex } from '../../../src-core/util/int64.ts';
import * as m from '../../../src-core/util/int64-math.ts';

const interesting = fc.constantFrom(
  0n,
  1n,
  2n,
  10n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 32n,
  1n << 53n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
);
const u64 = fc.oneof(
  interesting,
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.bigInt({ min: 0n, max: 1n << 20n }),
);
const lo = (x: bigint): number => Number(x & 0xffffffffn) | 0;
const hi = (x: bigint): number => Number((x >> 32n) & 0xffffffffn) | 0;
const U = (x: bigint): bigint => BigInt.asUintN(64, x);
const S = (x: bigint): bigint => BigInt.asIntN(64, x);

type Op = (aLo: number, aHi: number, bLo: number, bHi: number) => number;
function check(op: Op, model: (a: bigint, b: bigint) => bigint, numRuns = 2000): void {
  fc.assert(
    fc.property(u64, u64, (a, b) => {
      const low = op(lo(a), hi(a), lo(b), hi(b));
      expect(u64ToBig(low, m.out.hi)).toBe(U(model(a, b)));
    }),
    { numRuns },
  );
}

describe('64-bit arithmetic on halves', () => {
  it('multiplies modulo 2^64', () => check(m.mul64, (a, b) => a * b));
  it('divides unsigned, and by zero gives zero', () => check(m.udiv64, (a, b) => (b === 0n ? 0n : a / b)));
  it('takes unsigned remainders, and modulo zero gives the dividend', () =>
    check(m.umod64, (a, b) => (b === 0n ? a : a % b)));
  it('divides signed, rounding to zero', () => check(m.sdiv64, (a, b) => (b === 0n ? 0n : S(a) / S(b))));
  it('takes signed remainders with the sign of the dividend', () =>
    check(m.smod64, (a, b) => (b === 0n ? a : S(a) % S(b))));
  it('shifts by every count', () => {
    for (let n = 0; n < 64; n++) {
      check(
        (l, h) => m.shl64(l, h, n),
        (a) => a << BigInt(n),
        50,
      );
      check(
        (l, h) => m.shr64(l, h, n),
        (a) => a >> BigInt(n),
        50,
      );
      check(
        (l, h) => m.sar64(l, h, n),
        (a) => S(a) >> BigInt(n),
        50,
      );
    }
  });
});

describe('64-bit integers as text and in order', () => {
  it('print as the kernel prints %llu, %lld and %llx', () => {
    fc.assert(
      fc.property(u64, (a) => {
        expect(u64ToDec(lo(a), hi(a))).toBe(String(a));
        expect(s64ToDec(lo(a), hi(a))).toBe(String(S(a)));
        expect(u64ToHex(lo(a), hi(a))).toBe(a.toString(16));
      }),
      { numRuns: 3000 },
    );
  });
  it('compare signed and unsigned', () => {
    fc.assert(
      fc.property(u64, u64, (a, b) => {
        expect(Math.sign(cmpU64(lo(a), hi(a), lo(b), hi(b)))).toBe(a === b ? 0 : a < b ? -1 : 1);
        expect(Math.sign(cmpS64(lo(a), hi(a), lo(b), hi(b)))).toBe(S(a) === S(b) ? 0 : S(a) < S(b) ? -1 : 1);
      }),
    );
  });
});
