import { updateRegBounds } from './bounds.ts';
import {
  MASK_HI,
  MASK_LO,
  S32_MAX,
  S32_MIN,
  SMAX_LO,
  SMIN_LO,
  U32_MAX,
  U32_MIN,
  UMAX_HI,
  UMAX_LO,
  UMIN_HI,
  UMIN_LO,
  VAL_HI,
  VAL_LO,
} from './layout.ts';
import { markReg32Known, markRegKnown, markRegS32Unbounded, markRegS64Unbounded } from './reg.ts';
import { tnumIsConst, tnumSubregIsConst } from './tnum.ts';
import { copy64, lowerU32, lowerU64, raiseU32, raiseU64, set64, slt } from './words.ts';

/**
 * Bounds of and, or, xor (scalar_min_max_and() and its siblings, Linux 6.18). The caller has already put
 * the resulting tnum into the destination (a, d); (b, s) is the source.
 */

/** Signed 32-bit bounds from the unsigned ones, if these do not cross the sign. */
function s32FromU32(a: Int32Array, d: number): void {
  if (a[d + U32_MIN] <= a[d + U32_MAX]) {
    a[d + S32_MIN] = a[d + U32_MIN];
    a[d + S32_MAX] = a[d + U32_MAX];
  } else {
    markRegS32Unbounded(a, d);
  }
}

/** Signed 64-bit bounds from the unsigned ones, then all from var_off. */
function s64FromU64(a: Int32Array, d: number): void {
  if (slt(a, d + UMAX_LO, a, d + UMIN_LO)) {
    markRegS64Unbounded(a, d);
  } else {
    copy64(a, d + SMIN_LO, a, d + UMIN_LO);
    copy64(a, d + SMAX_LO, a, d + UMAX_LO);
  }
  updateRegBounds(a, d);
}

/** Both operands known: the result is, too. True when it was. */
function settle32(a: Int32Array, d: number, b: Int32Array, s: number): boolean {
  if (!tnumSubregIsConst(a, d) || !tnumSubregIsConst(b, s)) return false;
  markReg32Known(a, d, a[d + VAL_LO]);
  return true;
}

function settle64(a: Int32Array, d: number, b: Int32Array, s: number): boolean {
  if (!tnumIsConst(a, d) || !tnumIsConst(b, s)) return false;
  markRegKnown(a, d, a[d + VAL_LO], a[d + VAL_HI]);
  return true;
}

/** scalar32_min_max_and() */
export function scalar32MinMaxAnd(a: Int32Array, d: number, b: Int32Array, s: number): void {
  if (settle32(a, d, b, s)) return;
  a[d + U32_MIN] = a[d + VAL_LO];
  lowerU32(a, d + U32_MAX, b[s + U32_MAX]);
  s32FromU32(a, d);
}

/** scalar_min_max_and() */
export function scalarMinMaxAnd(a: Int32Array, d: number, b: Int32Array, s: number): void {
  if (settle64(a, d, b, s)) return;
  copy64(a, d + UMIN_LO, a, d + VAL_LO);
  lowerU64(a, d + UMAX_LO, b[s + UMAX_LO], b[s + UMAX_HI]);
  s64FromU64(a, d);
}

/** scalar32_min_max_or() */
export function scalar32MinMaxOr(a: Int32Array, d: number, b: Int32Array, s: number): void {
  if (settle32(a, d, b, s)) return;
  raiseU32(a, d + U32_MIN, b[s + U32_MIN]);
  a[d + U32_MAX] = a[d + VAL_LO] | a[d + MASK_LO];
  s32FromU32(a, d);
}

/** scalar_min_max_or() */
export function scalarMinMaxOr(a: Int32Array, d: number, b: Int32Array, s: number): void {
  if (settle64(a, d, b, s)) return;
  raiseU64(a, d + UMIN_LO, b[s + UMIN_LO], b[s + UMIN_HI]);
  setMaxFromTnum(a, d);
  s64FromU64(a, d);
}

/** scalar32_min_max_xor() */
export function scalar32MinMaxXor(a: Int32Array, d: number, b: Int32Array, s: number): void {
  if (settle32(a, d, b, s)) return;
  a[d + U32_MIN] = a[d + VAL_LO];
  a[d + U32_MAX] = a[d + VAL_LO] | a[d + MASK_LO];
  s32FromU32(a, d);
}

/** scalar_min_max_xor() */
export function scalarMinMaxXor(a: Int32Array, d: number, b: Int32Array, s: number): void {
  if (settle64(a, d, b, s)) return;
  copy64(a, d + UMIN_LO, a, d + VAL_LO);
  setMaxFromTnum(a, d);
  s64FromU64(a, d);
}

function setMaxFromTnum(a: Int32Array, d: number): void {
  set64(a, d + UMAX_LO, a[d + VAL_LO] | a[d + MASK_LO], a[d + VAL_HI] | a[d + MASK_HI]);
}
