import fc from 'fast-check';
import {
  MASK_LO,
  markRegUnknown,
  NUM_WORDS,
  regBoundsSync,
  S32_MAX,
  S32_MIN,
  SMAX_LO,
  SMIN_LO,
  U32_MAX,
  U32_MIN,
  UMAX_LO,
  UMIN_LO,
  VAL_LO,
} from '../../../../src-core/verifier/domain/index.ts';

export const u64 = (v: bigint): bigint => BigInt.asUintN(64, v);
export const s64 = (v: bigint): bigint => BigInt.asIntN(64, v);
export const u32 = (v: bigint): bigint => BigInt.asUintN(32, v);
export const s32 = (v: bigint): bigint => BigInt.asIntN(32, v);

export function put(a: Int32Array, at: number, v: bigint): void {
  a[at] = Number(s32(v));
  a[at + 1] = Number(s32(u64(v) >> 32n));
}

export function get(a: Int32Array, at: number): bigint {
  return (BigInt(a[at + 1] >>> 0) << 32n) | BigInt(a[at] >>> 0);
}

/** Values that sit at the edges where bounds change. */
export const value: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.bigInt({ min: -300n, max: 300n }).map(u64),
  fc
    .tuple(fc.constantFrom(7n, 8n, 15n, 31n, 32n, 62n, 63n), fc.bigInt({ min: -2n, max: 2n }))
    .map(([b, d]) => u64((1n << b) + d)),
);

export const mask: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.nat({ max: 64 }).map((b) => (1n << BigInt(b)) - 1n),
  fc.constant(0n),
);

/** Is the concrete value `v` described by the register? */
export function isMember(a: Int32Array, v: bigint): boolean {
  return (
    (v & ~get(a, MASK_LO)) === get(a, VAL_LO) &&
    v >= get(a, UMIN_LO) &&
    v <= get(a, UMAX_LO) &&
    s64(v) >= s64(get(a, SMIN_LO)) &&
    s64(v) <= s64(get(a, SMAX_LO)) &&
    u32(v) >= BigInt(a[U32_MIN] >>> 0) &&
    u32(v) <= BigInt(a[U32_MAX] >>> 0) &&
    s32(v) >= BigInt(a[S32_MIN]) &&
    s32(v) <= BigInt(a[S32_MAX])
  );
}

export interface Sample {
  readonly reg: Int32Array;
  /** A value that the register may hold. */
  readonly member: bigint;
}

/** Some of what is true of `member`: a tnum and bounds on any side of it. */
function knowledgeOf(member: bigint, unknown: bigint, others: readonly bigint[], picks: number): Int32Array {
  const reg = new Int32Array(NUM_WORDS);
  markRegUnknown(reg, 0);
  put(reg, VAL_LO, member & ~unknown);
  put(reg, MASK_LO, unknown);
  const has = (bit: number): boolean => ((picks >> bit) & 1) !== 0;
  const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
  const max = (a: bigint, b: bigint): bigint => (a < b ? b : a);
  if (has(0)) put(reg, UMIN_LO, min(member, others[0]));
  if (has(1)) put(reg, UMAX_LO, max(member, others[1]));
  if (has(2)) put(reg, SMIN_LO, min(s64(member), s64(others[2])));
  if (has(3)) put(reg, SMAX_LO, max(s64(member), s64(others[3])));
  if (has(4)) reg[U32_MIN] = Number(s32(min(u32(member), u32(others[0]))));
  if (has(5)) reg[U32_MAX] = Number(s32(max(u32(member), u32(others[1]))));
  if (has(6)) reg[S32_MIN] = Number(min(s32(member), s32(others[2])));
  if (has(7)) reg[S32_MAX] = Number(max(s32(member), s32(others[3])));
  if (has(8)) regBoundsSync(reg, 0);
  return reg;
}

/** A register and one of its members. */
export const sample: fc.Arbitrary<Sample> = fc
  .tuple(value, mask, fc.array(value, { minLength: 4, maxLength: 4 }), fc.nat({ max: 511 }))
  .map(([member, unknown, others, picks]) => ({
    reg: knowledgeOf(member, unknown, others, picks),
    member,
  }));
