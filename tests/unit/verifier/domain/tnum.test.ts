import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as D from '../../../../src-core/verifier/domain/index.ts';
import { get, mask, put, u32, u64, value } from './model.ts';

interface Tnum {
  readonly v: bigint;
  readonly m: bigint;
}

const tnum: fc.Arbitrary<Tnum> = fc.tuple(value, mask).map(([v, m]) => ({ v: v & ~m, m }));
/** A tnum and one of its members. */
const tnumAndMember = fc.tuple(value, mask).map(([x, m]) => ({ t: { v: x & u64(~m), m }, x }));

function words(t: Tnum): Int32Array {
  const a = new Int32Array(4);
  put(a, D.VAL_LO, t.v);
  put(a, D.MASK_LO, t.m);
  return a;
}

const back = (a: Int32Array): Tnum => ({ v: get(a, D.VAL_LO), m: get(a, D.MASK_LO) });
const contains = (t: Tnum, x: bigint): boolean => (x & u64(~t.m)) === t.v;
const not = (x: bigint): bigint => u64(~x);

type Binary = (out: Int32Array, o: number, a: Int32Array, i: number, b: Int32Array, j: number) => void;

/** tnum.c's formulas on BigInts. */
const MODEL = {
  add: (a: Tnum, b: Tnum): Tnum => {
    const sv = u64(a.v + b.v);
    const mu = (u64(a.m + b.m + sv) ^ sv) | a.m | b.m;
    return { v: sv & not(mu), m: mu };
  },
  sub: (a: Tnum, b: Tnum): Tnum => {
    const dv = u64(a.v - b.v);
    const mu = (u64(dv + a.m) ^ u64(dv - b.m)) | a.m | b.m;
    return { v: dv & not(mu), m: mu };
  },
  and: (a: Tnum, b: Tnum): Tnum => {
    const v = a.v & b.v;
    return { v, m: (a.v | a.m) & (b.v | b.m) & not(v) };
  },
  or: (a: Tnum, b: Tnum): Tnum => ({ v: a.v | b.v, m: (a.m | b.m) & not(a.v | b.v) }),
  xor: (a: Tnum, b: Tnum): Tnum => ({ v: (a.v ^ b.v) & not(a.m | b.m), m: a.m | b.m }),
  union: (a: Tnum, b: Tnum): Tnum => {
    const m = (a.v ^ b.v) | a.m | b.m;
    return { v: a.v & b.v & not(m), m };
  },
  intersect: (a: Tnum, b: Tnum): Tnum => ({ v: (a.v | b.v) & not(a.m & b.m), m: a.m & b.m }),
  mul: (a: Tnum, b: Tnum): Tnum => {
    let acc: Tnum = { v: 0n, m: 0n };
    for (let bit = 0n; bit < 64n; bit++) {
      const step = { v: u64(b.v << bit), m: u64(b.m << bit) };
      if ((a.v >> bit) & 1n) acc = MODEL.add(acc, step);
      else if ((a.m >> bit) & 1n) acc = MODEL.union(acc, MODEL.add(acc, step));
    }
    return acc;
  },
};

const CONCRETE: Record<'add' | 'sub' | 'and' | 'or' | 'xor' | 'mul', (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => u64(a + b),
  sub: (a, b) => u64(a - b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  mul: (a, b) => u64(a * b),
};

const OPS: Record<keyof typeof MODEL, Binary> = {
  add: D.tnumAdd,
  sub: D.tnumSub,
  and: D.tnumAnd,
  or: D.tnumOr,
  xor: D.tnumXor,
  union: D.tnumUnion,
  intersect: D.tnumIntersect,
  mul: D.tnumMul,
};

describe.each(Object.entries(OPS))('%s', (name, op) => {
  it('equals the formula, also in place', () => {
    fc.assert(
      fc.property(tnum, tnum, (a, b) => {
        const expected = MODEL[name as keyof typeof MODEL](a, b);
        const out = new Int32Array(4);
        op(out, 0, words(a), 0, words(b), 0);
        expect(back(out)).toEqual(expected);
        const left = words(a);
        op(left, 0, left, 0, words(b), 0);
        expect(back(left)).toEqual(expected);
      }),
    );
  });
});

describe.each(Object.entries(CONCRETE))('%s of members', (name, concrete) => {
  it('is a member of the result', () => {
    fc.assert(
      fc.property(tnumAndMember, tnumAndMember, (a, b) => {
        const out = new Int32Array(4);
        OPS[name as keyof typeof CONCRETE](out, 0, words(a.t), 0, words(b.t), 0);
        return contains(back(out), concrete(a.x, b.x));
      }),
    );
  });
});

describe('shifts, casts and tests', () => {
  it('shifts members into members', () => {
    fc.assert(
      fc.property(tnumAndMember, fc.nat({ max: 63 }), ({ t, x }, n) => {
        const by = BigInt(n);
        const out = new Int32Array(4);
        D.tnumLshift(out, 0, words(t), 0, n);
        expect(contains(back(out), u64(x << by))).toBe(true);
        D.tnumRshift(out, 0, words(t), 0, n);
        expect(contains(back(out), x >> by)).toBe(true);
        D.tnumArshift64(out, 0, words(t), 0, n);
        expect(contains(back(out), u64(BigInt.asIntN(64, x) >> by))).toBe(true);
        D.tnumArshift32(out, 0, words(t), 0, n & 31);
        expect(contains(back(out), u32(BigInt.asIntN(32, x) >> (by & 31n)))).toBe(true);
      }),
    );
  });

  it('makes the smallest tnum of a range', () => {
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        const [min, mid, max] = [a, b, c].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
        const ends = new Int32Array(6);
        put(ends, 0, min);
        put(ends, 2, max);
        const out = new Int32Array(4);
        D.tnumRange(out, 0, ends[0], ends[1], ends[2], ends[3]);
        const t = back(out);
        expect([min, mid, max].every((x) => contains(t, x))).toBe(true);
        const bits = (min ^ max).toString(2).replace(/^0$/, '').length;
        expect(t.m).toBe((1n << BigInt(bits)) - 1n);
      }),
    );
  });

  it('steps to the next member', () => {
    fc.assert(
      fc.property(tnum, value, (t, z) => {
        const zw = new Int32Array(2);
        put(zw, 0, z);
        const out = new Int32Array(2);
        D.tnumStep(out, 0, words(t), 0, zw[0], zw[1]);
        const next = get(out, 0);
        expect(contains(t, next)).toBe(true);
        if (z < (t.v | t.m)) expect(next > z).toBe(true);
        // No member between: the largest member below `next` that is above z would be found by descending.
        if (z < (t.v | t.m) && next > t.v) {
          const below = t.v | (((next & t.m) - 1n) & t.m);
          expect(below <= z).toBe(true);
        }
      }),
    );
  });

  it('knows containment, overlap and alignment', () => {
    fc.assert(
      fc.property(tnum, tnumAndMember, (a, b) => {
        if (D.tnumIn(words(a), 0, words(b.t), 0)) expect(contains(a, b.x)).toBe(true);
        if (contains(a, b.x)) expect(D.tnumOverlap(words(a), 0, words(b.t), 0)).toBe(true);
        for (const size of [1, 2, 4, 8]) {
          if (D.tnumIsAligned(words(b.t), 0, size)) expect(b.x % BigInt(size)).toBe(0n);
        }
      }),
    );
  });

  it('swaps bytes', () => {
    const a = words({ v: 0x0102030405060708n, m: 0n });
    const swapped = [2, 4, 8].map((size) => {
      const out = new Int32Array(4);
      D.tnumBswap(out, 0, a, 0, size as 2 | 4 | 8);
      return get(out, 0);
    });
    expect(swapped).toEqual([0x0807n, 0x08070605n, 0x0807060504030201n]);
  });
});
