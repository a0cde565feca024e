import {
  NUM_WORDS,
  S32_MAX,
  S32_MIN,
  SMAX_LO,
  SMIN_LO,
  U32_MAX,
  U32_MIN,
  UMAX_LO,
  UMIN_LO,
} from './layout.ts';
import { tnumConst, tnumConstSubreg, tnumIsConst, tnumSetUnknown, tnumSubregIsConst } from './tnum.ts';
import { S32_MAX_VALUE, S32_MIN_VALUE, set64, slt, ult } from './words.ts';

/** Copies the numeric part of a register. */
export function copyReg(to: Int32Array, t: number, from: Int32Array, f: number): void {
  for (let k = 0; k < NUM_WORDS; k++) to[t + k] = from[f + k];
}

/** ___mark_reg_known(): exactly the 64-bit value (lo, hi). Type, id and offset are the caller's. */
export function markRegKnown(a: Int32Array, d: number, lo: number, hi: number): void {
  tnumConst(a, d, lo, hi);
  set64(a, d + SMIN_LO, lo, hi);
  set64(a, d + SMAX_LO, lo, hi);
  set64(a, d + UMIN_LO, lo, hi);
  set64(a, d + UMAX_LO, lo, hi);
  setBounds32Known(a, d, lo);
}

/** __mark_reg_known_zero() */
export function markRegKnownZero(a: Int32Array, d: number): void {
  markRegKnown(a, d, 0, 0);
}

/** __mark_reg32_known(): the low word is known; the 64-bit bounds stay. */
export function markReg32Known(a: Int32Array, d: number, value: number): void {
  tnumConstSubreg(a, d, a, d, value);
  setBounds32Known(a, d, value);
}

function setBounds32Known(a: Int32Array, d: number, value: number): void {
  a[d + S32_MIN] = value;
  a[d + S32_MAX] = value;
  a[d + U32_MIN] = value;
  a[d + U32_MAX] = value;
}

/** __mark_reg_unbounded(): forgets all bounds, keeps var_off. */
export function markRegUnbounded(a: Int32Array, d: number): void {
  markReg64Unbounded(a, d);
  markReg32Unbounded(a, d);
}

/** __mark_reg64_unbounded() */
export function markReg64Unbounded(a: Int32Array, d: number): void {
  markRegS64Unbounded(a, d);
  markRegU64Unbounded(a, d);
}

export function markRegS64Unbounded(a: Int32Array, d: number): void {
  set64(a, d + SMIN_LO, 0, S32_MIN_VALUE);
  set64(a, d + SMAX_LO, -1, S32_MAX_VALUE);
}

export function markRegU64Unbounded(a: Int32Array, d: number): void {
  set64(a, d + UMIN_LO, 0, 0);
  set64(a, d + UMAX_LO, -1, -1);
}

/** __mark_reg32_unbounded() */
export function markReg32Unbounded(a: Int32Array, d: number): void {
  markRegS32Unbounded(a, d);
  markRegU32Unbounded(a, d);
}

export function markRegS32Unbounded(a: Int32Array, d: number): void {
  a[d + S32_MIN] = S32_MIN_VALUE;
  a[d + S32_MAX] = S32_MAX_VALUE;
}

export function markRegU32Unbounded(a: Int32Array, d: number): void {
  a[d + U32_MIN] = 0;
  a[d + U32_MAX] = -1;
}

/** The numeric part of __mark_reg_unknown(): nothing is known. */
export function markRegUnknown(a: Int32Array, d: number): void {
  tnumSetUnknown(a, d);
  markRegUnbounded(a, d);
}

/** is_reg_const(), the numeric half: the caller knows that the register is a scalar. */
export function isRegConst(a: Int32Array, d: number, subreg32: boolean): boolean {
  return subreg32 ? tnumSubregIsConst(a, d) : tnumIsConst(a, d);
}

/** range_within(): every bound of `cur` lies within that of `old`. */
export function rangeWithin(old: Int32Array, o: number, cur: Int32Array, c: number): boolean {
  return (
    !ult(cur, c + UMIN_LO, old, o + UMIN_LO) &&
    !ult(old, o + UMAX_LO, cur, c + UMAX_LO) &&
    !slt(cur, c + SMIN_LO, old, o + SMIN_LO) &&
    !slt(old, o + SMAX_LO, cur, c + SMAX_LO) &&
    old[o + U32_MIN] >>> 0 <= cur[c + U32_MIN] >>> 0 &&
    old[o + U32_MAX] >>> 0 >= cur[c + U32_MAX] >>> 0 &&
    old[o + S32_MIN] <= cur[c + S32_MIN] &&
    old[o + S32_MAX] >= cur[c + S32_MAX]
  );
}
