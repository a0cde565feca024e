import { regBoundsSync } from './bounds.ts';
import {
  MASK_HI,
  MASK_LO,
  S32_MAX,
  S32_MIN,
  SMAX_HI,
  SMAX_LO,
  SMIN_HI,
  SMIN_LO,
  U32_MAX,
  U32_MIN,
  UMAX_HI,
  UMAX_LO,
  UMIN_HI,
  UMIN_LO,
  VAL_LO,
} from './layout.ts';
import { markReg32Unbounded, markRegKnown, markRegU32Unbounded, markRegU64Unbounded } from './reg.ts';
import { tnumCast, tnumIsConst, tnumRange, tnumSetUnknown, tnumSubreg } from './tnum.ts';
import { copy64, set64 } from './words.ts';

/** zext_32_to_64(): the 64-bit knowledge of a register whose high word has just become zero. */
export function zext32To64(a: Int32Array, d: number): void {
  tnumSubreg(a, d, a, d);
  regAssign32Into64(a, d);
}

/** __reg_assign_32_into_64() */
export function regAssign32Into64(a: Int32Array, d: number): void {
  set64(a, d + UMIN_LO, a[d + U32_MIN], 0);
  set64(a, d + UMAX_LO, a[d + U32_MAX], 0);
  if (a[d + S32_MIN] >= 0 && a[d + S32_MAX] >= 0) {
    set64(a, d + SMIN_LO, a[d + S32_MIN], 0);
    set64(a, d + SMAX_LO, a[d + S32_MAX], 0);
  } else {
    set64(a, d + SMIN_LO, 0, 0);
    set64(a, d + SMAX_LO, -1, 0);
  }
}

/** coerce_reg_to_size(): keeps the low `size` bytes (1, 2 or 4), zero-extended. */
export function coerceRegToSize(a: Int32Array, d: number, size: number): void {
  const mask = size === 4 ? -1 : (1 << (size * 8)) - 1;
  tnumCast(a, d, a, d, size);
  const sameTop = a[d + UMIN_HI] === a[d + UMAX_HI] && (a[d + UMIN_LO] & ~mask) === (a[d + UMAX_LO] & ~mask);
  set64(a, d + UMIN_LO, sameTop ? a[d + UMIN_LO] & mask : 0, 0);
  set64(a, d + UMAX_LO, sameTop ? a[d + UMAX_LO] & mask : mask, 0);
  copy64(a, d + SMIN_LO, a, d + UMIN_LO);
  copy64(a, d + SMAX_LO, a, d + UMAX_LO);
  if (size < 4) markReg32Unbounded(a, d);
  regBoundsSync(a, d);
}

/** Sign-extends the low `size` bytes (1, 2 or 4) of a word. */
function signExtend(value: number, size: number): number {
  const shift = 32 - size * 8;
  return (value << shift) >> shift;
}

/** set_sext64_default_val(): all that a sign-extended `size`-byte value promises. */
function setSext64DefaultVal(a: Int32Array, d: number, size: number): void {
  const max = size === 4 ? 0x7fff_ffff : (1 << (size * 8 - 1)) - 1;
  const min = -max - 1;
  a[d + S32_MIN] = min;
  a[d + S32_MAX] = max;
  set64(a, d + SMIN_LO, min, -1);
  set64(a, d + SMAX_LO, max, 0);
  markRegU32Unbounded(a, d);
  markRegU64Unbounded(a, d);
  tnumSetUnknown(a, d);
}

/** Are the bits above the low `size` bytes the same at both ends of the signed 64-bit range? */
function sameTop64(a: Int32Array, d: number, size: number): boolean {
  if (a[d + SMIN_HI] !== a[d + SMAX_HI]) return false;
  return size === 4 || a[d + SMIN_LO] >>> (size * 8) === a[d + SMAX_LO] >>> (size * 8);
}

/** coerce_reg_to_size_sx(): sign-extends the low `size` bytes (1, 2 or 4) to 64 bits. No bounds sync. */
export function coerceRegToSizeSx(a: Int32Array, d: number, size: number): void {
  if (tnumIsConst(a, d)) {
    const value = signExtend(a[d + VAL_LO], size);
    markRegKnown(a, d, value, value >> 31);
    return;
  }
  const first = signExtend(a[d + SMIN_LO], size);
  const last = signExtend(a[d + SMAX_LO], size);
  const min = Math.min(first, last);
  const max = Math.max(first, last);
  if (!sameTop64(a, d, size) || max >= 0 !== min >= 0) {
    setSext64DefaultVal(a, d, size);
    return;
  }
  const sign = min >> 31;
  set64(a, d + SMIN_LO, min, sign);
  set64(a, d + SMAX_LO, max, sign);
  set64(a, d + UMIN_LO, min, sign);
  set64(a, d + UMAX_LO, max, sign);
  setBounds32(a, d, min, max);
  tnumRange(a, d, min, sign, max, sign);
}

function setBounds32(a: Int32Array, d: number, min: number, max: number): void {
  a[d + S32_MIN] = min;
  a[d + S32_MAX] = max;
  a[d + U32_MIN] = min;
  a[d + U32_MAX] = max;
}

/** set_sext32_default_val() */
function setSext32DefaultVal(a: Int32Array, d: number, size: number): void {
  const max = (1 << (size * 8 - 1)) - 1;
  a[d + S32_MIN] = -max - 1;
  a[d + S32_MAX] = max;
  markRegU32Unbounded(a, d);
  set64(a, d + VAL_LO, 0, 0);
  a[d + MASK_LO] = -1;
  a[d + MASK_HI] = 0;
}

/**
 * coerce_subreg_to_size_sx(): sign-extends the low `size` bytes (1 or 2) to 32 bits. Touches var_off and
 * the 32-bit bounds only: the caller zero-extends afterwards.
 */
export function coerceSubregToSizeSx(a: Int32Array, d: number, size: number): void {
  if (tnumIsConst(a, d)) {
    const value = signExtend(a[d + VAL_LO], size);
    set64(a, d + VAL_LO, value, value >> 31);
    setBounds32(a, d, value, value);
    return;
  }
  const bits = size * 8;
  const first = signExtend(a[d + S32_MIN], size);
  const last = signExtend(a[d + S32_MAX], size);
  const min = Math.min(first, last);
  const max = Math.max(first, last);
  if (a[d + S32_MIN] >>> bits !== a[d + S32_MAX] >>> bits || max >= 0 !== min >= 0) {
    setSext32DefaultVal(a, d, size);
    return;
  }
  setBounds32(a, d, min, max);
  tnumRange(a, d, min, 0, max, 0);
}
