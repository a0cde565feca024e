import {
  MASK_HI,
  MASK_LO,
  NUM_WORDS,
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
  VAL_HI,
  VAL_LO,
} from './layout.ts';
import { copyReg, markRegKnown } from './reg.ts';
import { TNUM_WORDS, tnumIntersect, tnumRange, tnumStep } from './tnum.ts';
import {
  copy64,
  equal64,
  lowerS32,
  lowerS64,
  lowerU32,
  lowerU64,
  raiseS32,
  raiseS64,
  raiseU32,
  raiseU64,
  S32_MAX_VALUE,
  S32_MIN_VALUE,
  set64,
  slt,
  ult,
} from './words.ts';

/** __update_reg32_bounds(): what the low word of var_off says about the 32-bit bounds. */
export function updateReg32Bounds(a: Int32Array, d: number): void {
  const value = a[d + VAL_LO];
  const mask = a[d + MASK_LO];
  raiseS32(a, d + S32_MIN, value | (mask & S32_MIN_VALUE));
  lowerS32(a, d + S32_MAX, value | (mask & S32_MAX_VALUE));
  raiseU32(a, d + U32_MIN, value);
  lowerU32(a, d + U32_MAX, value | mask);
}

const step = new Int32Array(2);
const step2 = new Int32Array(2);
const tnumMax = new Int32Array(2);

/**
 * The last part of __update_reg64_bounds(): when the unsigned range and the tnum share a single value,
 * the register is that value. With (t) the members of the tnum and [ ] the range:
 *
 *   t   [t     ]   t     umin only
 *   t   [      t         the largest member only
 *   t   [   t  ]   t     one strictly inside
 */
function collapseToSharedValue(a: Int32Array, d: number): void {
  const minLo = a[d + UMIN_LO];
  const minHi = a[d + UMIN_HI];
  const valLo = a[d + VAL_LO];
  const valHi = a[d + VAL_HI];
  const minIsMember = (minLo & ~a[d + MASK_LO]) === valLo && (minHi & ~a[d + MASK_HI]) === valHi;
  tnumStep(step, 0, a, d, minLo, minHi);
  if (minIsMember) {
    if (ult(a, d + UMAX_LO, step, 0)) markRegKnown(a, d, minLo, minHi);
    return;
  }
  set64(tnumMax, 0, valLo | a[d + MASK_LO], valHi | a[d + MASK_HI]);
  if (equal64(step, 0, tnumMax, 0)) {
    markRegKnown(a, d, step[0], step[1]);
    return;
  }
  if (ult(a, d + UMAX_LO, step, 0)) return;
  tnumStep(step2, 0, a, d, step[0], step[1]);
  if (ult(a, d + UMAX_LO, step2, 0)) markRegKnown(a, d, step[0], step[1]);
}

/** __update_reg64_bounds() */
export function updateReg64Bounds(a: Int32Array, d: number): void {
  const valLo = a[d + VAL_LO];
  const valHi = a[d + VAL_HI];
  const maskLo = a[d + MASK_LO];
  const maskHi = a[d + MASK_HI];
  raiseS64(a, d + SMIN_LO, valLo, valHi | (maskHi & S32_MIN_VALUE));
  lowerS64(a, d + SMAX_LO, valLo | maskLo, valHi | (maskHi & S32_MAX_VALUE));
  raiseU64(a, d + UMIN_LO, valLo, valHi);
  lowerU64(a, d + UMAX_LO, valLo | maskLo, valHi | maskHi);
  collapseToSharedValue(a, d);
}

/** __update_reg_bounds() */
export function updateRegBounds(a: Int32Array, d: number): void {
  updateReg32Bounds(a, d);
  updateReg64Bounds(a, d);
}

function narrowU32(a: Int32Array, d: number, min: number, max: number): void {
  raiseU32(a, d + U32_MIN, min);
  lowerU32(a, d + U32_MAX, max);
}

function narrowS32(a: Int32Array, d: number, min: number, max: number): void {
  raiseS32(a, d + S32_MIN, min);
  lowerS32(a, d + S32_MAX, max);
}

/** 64-bit bounds whose high words agree, or step by one over a change of sign, bound the low word. */
function deduce32From64(a: Int32Array, d: number): void {
  const uminLo = a[d + UMIN_LO];
  const umaxLo = a[d + UMAX_LO];
  const sminLo = a[d + SMIN_LO];
  const smaxLo = a[d + SMAX_LO];
  if (a[d + UMIN_HI] === a[d + UMAX_HI]) {
    narrowU32(a, d, uminLo, umaxLo);
    if (uminLo <= umaxLo) narrowS32(a, d, uminLo, umaxLo);
  }
  if (a[d + SMIN_HI] === a[d + SMAX_HI]) {
    if (sminLo >>> 0 <= smaxLo >>> 0) narrowU32(a, d, sminLo, smaxLo);
    if (sminLo <= smaxLo) narrowS32(a, d, sminLo, smaxLo);
  }
  if (((a[d + UMIN_HI] + 1) | 0) === a[d + UMAX_HI] && uminLo < 0 && umaxLo >= 0) {
    narrowS32(a, d, uminLo, umaxLo);
  }
  if (((a[d + SMIN_HI] + 1) | 0) === a[d + SMAX_HI] && sminLo < 0 && smaxLo >= 0) {
    narrowS32(a, d, sminLo, smaxLo);
  }
}

/** __reg32_deduce_bounds(): 32-bit bounds from 64-bit ones, then signed and unsigned from each other. */
function deduce32(a: Int32Array, d: number): void {
  deduce32From64(a, d);
  if (a[d + U32_MIN] <= a[d + U32_MAX]) narrowS32(a, d, a[d + U32_MIN], a[d + U32_MAX]);
  const smin = a[d + S32_MIN];
  const smax = a[d + S32_MAX];
  if (smin >>> 0 <= smax >>> 0) {
    narrowU32(a, d, smin, smax);
  } else if (a[d + U32_MAX] >>> 0 < smin >>> 0) {
    // The unsigned range meets only the non-negative part of the signed one.
    a[d + S32_MIN] = a[d + U32_MIN];
    lowerU32(a, d + U32_MAX, smax);
  } else if (smax >>> 0 < a[d + U32_MIN] >>> 0) {
    // ... only the negative part.
    a[d + S32_MAX] = a[d + U32_MAX];
    raiseU32(a, d + U32_MIN, smin);
  }
}

/** __reg64_deduce_bounds(): signed and unsigned 64-bit bounds from each other. */
function deduce64(a: Int32Array, d: number): void {
  if (!slt(a, d + UMAX_LO, a, d + UMIN_LO)) {
    raiseS64(a, d + SMIN_LO, a[d + UMIN_LO], a[d + UMIN_HI]);
    lowerS64(a, d + SMAX_LO, a[d + UMAX_LO], a[d + UMAX_HI]);
  }
  if (!ult(a, d + SMAX_LO, a, d + SMIN_LO)) {
    raiseU64(a, d + UMIN_LO, a[d + SMIN_LO], a[d + SMIN_HI]);
    lowerU64(a, d + UMAX_LO, a[d + SMAX_LO], a[d + SMAX_HI]);
  } else if (ult(a, d + UMAX_LO, a, d + SMIN_LO)) {
    // The unsigned range meets only the non-negative part of the signed one.
    copy64(a, d + SMIN_LO, a, d + UMIN_LO);
    lowerU64(a, d + UMAX_LO, a[d + SMAX_LO], a[d + SMAX_HI]);
  } else if (ult(a, d + SMAX_LO, a, d + UMIN_LO)) {
    // ... only the negative part.
    copy64(a, d + SMAX_LO, a, d + UMAX_LO);
    raiseU64(a, d + UMIN_LO, a[d + SMIN_LO], a[d + SMIN_HI]);
  }
}

const range = new Int32Array(TNUM_WORDS);

/** Does the signed range lie within S32_MIN..S32_MAX? */
function signedRangeFits32(a: Int32Array, d: number): boolean {
  return a[d + SMIN_HI] >= -1 && (a[d + SMIN_HI] >= 0 || a[d + SMIN_LO] < 0) && smaxFits32(a, d);
}

function smaxFits32(a: Int32Array, d: number): boolean {
  return a[d + SMAX_HI] < 0 || (a[d + SMAX_HI] === 0 && a[d + SMAX_LO] >= 0);
}

/** __reg_deduce_mixed_bounds(): 64-bit bounds from 32-bit ones. */
function deduceMixed(a: Int32Array, d: number): void {
  raiseU64(a, d + UMIN_LO, a[d + U32_MIN], a[d + UMIN_HI]);
  lowerU64(a, d + UMAX_LO, a[d + U32_MAX], a[d + UMAX_HI]);
  raiseS64(a, d + SMIN_LO, a[d + U32_MIN], a[d + SMIN_HI]);
  lowerS64(a, d + SMAX_LO, a[d + U32_MAX], a[d + SMAX_HI]);
  // A sign-extended word that is not negative has no ones above it.
  const min = a[d + S32_MIN];
  if (min < 0 || !signedRangeFits32(a, d)) return;
  const max = a[d + S32_MAX];
  set64(a, d + SMIN_LO, min, 0);
  set64(a, d + SMAX_LO, max, max >> 31);
  set64(a, d + UMIN_LO, min, 0);
  set64(a, d + UMAX_LO, max, max >> 31);
  tnumRange(range, 0, min, 0, max, max >> 31);
  tnumIntersect(a, d, a, d, range, 0);
}

/** __reg_deduce_bounds() */
function deduceBounds(a: Int32Array, d: number): void {
  deduce32(a, d);
  deduce64(a, d);
  deduceMixed(a, d);
}

/** __reg_bound_offset(): var_off from the unsigned bounds, 64-bit and then the low word. */
function boundOffset(a: Int32Array, d: number): void {
  tnumRange(range, 0, a[d + UMIN_LO], a[d + UMIN_HI], a[d + UMAX_LO], a[d + UMAX_HI]);
  tnumIntersect(a, d, a, d, range, 0);
  tnumRange(range, 0, a[d + U32_MIN], 0, a[d + U32_MAX], 0);
  const mask = a[d + MASK_LO] & range[MASK_LO];
  a[d + VAL_LO] = (a[d + VAL_LO] | range[VAL_LO]) & ~mask;
  a[d + MASK_LO] = mask;
}

const before = new Int32Array(NUM_WORDS);

/** One round of deduction; false when it taught nothing, so that further rounds would not either. */
function deduceRound(a: Int32Array, d: number): boolean {
  copyReg(before, 0, a, d);
  deduceBounds(a, d);
  for (let k = 0; k < NUM_WORDS; k++) if (a[d + k] !== before[k]) return true;
  return false;
}

/** Is it one value, and do all ranges say so? There is nothing to learn then. */
function isSettled(a: Int32Array, d: number): boolean {
  return (a[d + MASK_LO] | a[d + MASK_HI]) === 0 && boundsEqualValue64(a, d) && boundsEqualValue32(a, d);
}

/** reg_bounds_sync(): lets var_off and the four ranges learn from one another, in three rounds. */
export function regBoundsSync(a: Int32Array, d: number): void {
  if (isSettled(a, d)) return;
  updateRegBounds(a, d);
  if (deduceRound(a, d) && deduceRound(a, d)) deduceBounds(a, d);
  boundOffset(a, d);
  updateRegBounds(a, d);
}

/** What reg_bounds_sanity_check() finds wrong, in its words, or null. */
export function regBoundsViolation(a: Int32Array, d: number): string | null {
  if (
    ult(a, d + UMAX_LO, a, d + UMIN_LO) ||
    slt(a, d + SMAX_LO, a, d + SMIN_LO) ||
    a[d + U32_MIN] >>> 0 > a[d + U32_MAX] >>> 0 ||
    a[d + S32_MIN] > a[d + S32_MAX]
  ) {
    return 'range bounds violation';
  }
  if ((a[d + MASK_LO] | a[d + MASK_HI]) === 0 && !boundsEqualValue64(a, d)) {
    return 'const tnum out of sync with range bounds';
  }
  if (a[d + MASK_LO] === 0 && !boundsEqualValue32(a, d)) {
    return 'const subreg tnum out of sync with range bounds';
  }
  return null;
}

function boundsEqualValue64(a: Int32Array, d: number): boolean {
  return (
    equal64(a, d + UMIN_LO, a, d + VAL_LO) &&
    equal64(a, d + UMAX_LO, a, d + VAL_LO) &&
    equal64(a, d + SMIN_LO, a, d + VAL_LO) &&
    equal64(a, d + SMAX_LO, a, d + VAL_LO)
  );
}

function boundsEqualValue32(a: Int32Array, d: number): boolean {
  const value = a[d + VAL_LO];
  return (
    a[d + U32_MIN] === value &&
    a[d + U32_MAX] === value &&
    a[d + S32_MIN] === value &&
    a[d + S32_MAX] === value
  );
}
