import { updateReg32Bounds, updateRegBounds } from './bounds.ts';
import { S32_MAX, S32_MIN, SMAX_LO, SMIN_LO, U32_MAX, U32_MIN, UMAX_LO, UMIN_LO } from './layout.ts';
import {
  markReg32Unbounded,
  markReg64Unbounded,
  markRegS32Unbounded,
  markRegS64Unbounded,
  markRegU32Unbounded,
  markRegU64Unbounded,
} from './reg.ts';
import { tnumArshift32, tnumArshift64, tnumLshift, tnumRshift, tnumSubreg } from './tnum.ts';
import { sar64, set64, shl64, shr64, ult } from './words.ts';

/**
 * Bounds of shifts by a known amount (scalar_min_max_lsh() and its siblings, Linux 6.18). The amount is
 * constant and in range, as is_safe_to_compute_dst_reg_range() demands; these set var_off as well.
 */

const limit = new Int32Array(2);

/** __scalar32_min_max_lsh(); a 64-bit shift may be larger than 31. */
function lsh32Bounds(a: Int32Array, d: number, shift: number): void {
  markRegS32Unbounded(a, d);
  if (shift > 31 || a[d + U32_MAX] >>> 0 > (1 << (31 - shift)) >>> 0) {
    markRegU32Unbounded(a, d);
  } else {
    a[d + U32_MIN] <<= shift;
    a[d + U32_MAX] <<= shift;
  }
}

/** scalar32_min_max_lsh() */
export function scalar32MinMaxLsh(a: Int32Array, d: number, shift: number): void {
  tnumSubreg(a, d, a, d);
  lsh32Bounds(a, d, shift);
  tnumLshift(a, d, a, d, shift);
  tnumSubreg(a, d, a, d);
  markReg64Unbounded(a, d);
  updateReg32Bounds(a, d);
}

/** __scalar64_min_max_lsh(); `<< 32` keeps the sign, as compilers sign-extend a word by `<< 32 s>> 32`. */
function lsh64Bounds(a: Int32Array, d: number, shift: number): void {
  if (shift === 32) {
    set64(a, d + SMAX_LO, 0, a[d + S32_MAX]);
    set64(a, d + SMIN_LO, 0, a[d + S32_MIN]);
  } else {
    markRegS64Unbounded(a, d);
  }
  set64(limit, 0, 1, 0);
  shl64(limit, 0, 63 - shift);
  if (ult(limit, 0, a, d + UMAX_LO)) {
    markRegU64Unbounded(a, d);
  } else {
    shl64(a, d + UMIN_LO, shift);
    shl64(a, d + UMAX_LO, shift);
  }
}

/** scalar_min_max_lsh() */
export function scalarMinMaxLsh(a: Int32Array, d: number, shift: number): void {
  lsh64Bounds(a, d, shift);
  lsh32Bounds(a, d, shift);
  tnumLshift(a, d, a, d, shift);
  updateRegBounds(a, d);
}

/** scalar32_min_max_rsh() */
export function scalar32MinMaxRsh(a: Int32Array, d: number, shift: number): void {
  markRegS32Unbounded(a, d);
  tnumSubreg(a, d, a, d);
  tnumRshift(a, d, a, d, shift);
  a[d + U32_MIN] >>>= shift;
  a[d + U32_MAX] >>>= shift;
  markReg64Unbounded(a, d);
  updateReg32Bounds(a, d);
}

/** scalar_min_max_rsh() */
export function scalarMinMaxRsh(a: Int32Array, d: number, shift: number): void {
  markRegS64Unbounded(a, d);
  tnumRshift(a, d, a, d, shift);
  shr64(a, d + UMIN_LO, shift);
  shr64(a, d + UMAX_LO, shift);
  markReg32Unbounded(a, d);
  updateRegBounds(a, d);
}

/** scalar32_min_max_arsh() */
export function scalar32MinMaxArsh(a: Int32Array, d: number, shift: number): void {
  a[d + S32_MIN] >>= shift;
  a[d + S32_MAX] >>= shift;
  tnumArshift32(a, d, a, d, shift);
  markRegU32Unbounded(a, d);
  markReg64Unbounded(a, d);
  updateReg32Bounds(a, d);
}

/** scalar_min_max_arsh() */
export function scalarMinMaxArsh(a: Int32Array, d: number, shift: number): void {
  sar64(a, d + SMIN_LO, shift);
  sar64(a, d + SMAX_LO, shift);
  tnumArshift64(a, d, a, d, shift);
  markRegU64Unbounded(a, d);
  markReg32Unbounded(a, d);
  updateRegBounds(a, d);
}
