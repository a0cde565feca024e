import {
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
} from './layout.ts';
import { markRegS32Unbounded, markRegS64Unbounded, markRegU32Unbounded, markRegU64Unbounded } from './reg.ts';
import {
  addS64,
  addU64,
  copy64,
  mulS64,
  mulU64,
  S32_MAX_VALUE,
  S32_MIN_VALUE,
  slt,
  subS64,
  subU64,
} from './words.ts';

/**
 * Bounds of sums, differences and products (scalar_min_max_add() and its siblings, Linux 6.18). Register
 * (a, d) is changed; (b, s) is read and must be another register.
 */

function setS32Bounds(a: Int32Array, d: number, min: number, max: number): void {
  if (min < S32_MIN_VALUE || max > S32_MAX_VALUE || min > S32_MAX_VALUE || max < S32_MIN_VALUE) {
    markRegS32Unbounded(a, d);
  } else {
    a[d + S32_MIN] = min;
    a[d + S32_MAX] = max;
  }
}

/** scalar32_min_max_add(). Unsigned bounds survive when both ends overflow or none does. */
export function scalar32MinMaxAdd(a: Int32Array, d: number, b: Int32Array, s: number): void {
  setS32Bounds(a, d, a[d + S32_MIN] + b[s + S32_MIN], a[d + S32_MAX] + b[s + S32_MAX]);
  const umin = (a[d + U32_MIN] >>> 0) + (b[s + U32_MIN] >>> 0);
  const umax = (a[d + U32_MAX] >>> 0) + (b[s + U32_MAX] >>> 0);
  a[d + U32_MIN] = umin;
  a[d + U32_MAX] = umax;
  if (umin <= 0xffff_ffff && umax > 0xffff_ffff) markRegU32Unbounded(a, d);
}

/** scalar_min_max_add() */
export function scalarMinMaxAdd(a: Int32Array, d: number, b: Int32Array, s: number): void {
  const minOverflows = addS64(a, d + SMIN_LO, b[s + SMIN_LO], b[s + SMIN_HI]);
  const maxOverflows = addS64(a, d + SMAX_LO, b[s + SMAX_LO], b[s + SMAX_HI]);
  if (minOverflows || maxOverflows) markRegS64Unbounded(a, d);
  const uminOverflows = addU64(a, d + UMIN_LO, b[s + UMIN_LO], b[s + UMIN_HI]);
  const umaxOverflows = addU64(a, d + UMAX_LO, b[s + UMAX_LO], b[s + UMAX_HI]);
  if (!uminOverflows && umaxOverflows) markRegU64Unbounded(a, d);
}

/** scalar32_min_max_sub() */
export function scalar32MinMaxSub(a: Int32Array, d: number, b: Int32Array, s: number): void {
  setS32Bounds(a, d, a[d + S32_MIN] - b[s + S32_MAX], a[d + S32_MAX] - b[s + S32_MIN]);
  const umin = (a[d + U32_MIN] >>> 0) - (b[s + U32_MAX] >>> 0);
  const umax = (a[d + U32_MAX] >>> 0) - (b[s + U32_MIN] >>> 0);
  a[d + U32_MIN] = umin;
  a[d + U32_MAX] = umax;
  if (umin < 0 && umax >= 0) markRegU32Unbounded(a, d);
}

/** scalar_min_max_sub() */
export function scalarMinMaxSub(a: Int32Array, d: number, b: Int32Array, s: number): void {
  const minOverflows = subS64(a, d + SMIN_LO, b[s + SMAX_LO], b[s + SMAX_HI]);
  const maxOverflows = subS64(a, d + SMAX_LO, b[s + SMIN_LO], b[s + SMIN_HI]);
  if (minOverflows || maxOverflows) markRegS64Unbounded(a, d);
  const uminUnderflows = subU64(a, d + UMIN_LO, b[s + UMAX_LO], b[s + UMAX_HI]);
  const umaxUnderflows = subU64(a, d + UMAX_LO, b[s + UMIN_LO], b[s + UMIN_HI]);
  if (uminUnderflows && !umaxUnderflows) markRegU64Unbounded(a, d);
}

/** scalar32_min_max_mul() */
export function scalar32MinMaxMul(a: Int32Array, d: number, b: Int32Array, s: number): void {
  // Doubles round products above 2^53, but never across the 32-bit limits that decide on overflow.
  const umax = (a[d + U32_MAX] >>> 0) * (b[s + U32_MAX] >>> 0);
  const umin = (a[d + U32_MIN] >>> 0) * (b[s + U32_MIN] >>> 0);
  if (umax > 0xffff_ffff || umin > 0xffff_ffff) {
    markRegU32Unbounded(a, d);
  } else {
    a[d + U32_MAX] = umax;
    a[d + U32_MIN] = umin;
  }
  const p0 = a[d + S32_MIN] * b[s + S32_MIN];
  const p1 = a[d + S32_MIN] * b[s + S32_MAX];
  const p2 = a[d + S32_MAX] * b[s + S32_MIN];
  const p3 = a[d + S32_MAX] * b[s + S32_MAX];
  setS32Bounds(a, d, Math.min(p0, p1, p2, p3), Math.max(p0, p1, p2, p3));
}

const products = new Int32Array(8);

/** The four products of the ends of both signed ranges; true when one overflows. */
function signedProducts(a: Int32Array, d: number, b: Int32Array, s: number): boolean {
  return (
    mulS64(products, 0, a, d + SMIN_LO, b, s + SMIN_LO) ||
    mulS64(products, 2, a, d + SMIN_LO, b, s + SMAX_LO) ||
    mulS64(products, 4, a, d + SMAX_LO, b, s + SMIN_LO) ||
    mulS64(products, 6, a, d + SMAX_LO, b, s + SMAX_LO)
  );
}

/** scalar_min_max_mul() */
export function scalarMinMaxMul(a: Int32Array, d: number, b: Int32Array, s: number): void {
  const maxOverflows = mulU64(a, d + UMAX_LO, a, d + UMAX_LO, b, s + UMAX_LO);
  const minOverflows = mulU64(a, d + UMIN_LO, a, d + UMIN_LO, b, s + UMIN_LO);
  if (maxOverflows || minOverflows) markRegU64Unbounded(a, d);
  if (signedProducts(a, d, b, s)) {
    markRegS64Unbounded(a, d);
    return;
  }
  copy64(a, d + SMIN_LO, products, 0);
  copy64(a, d + SMAX_LO, products, 0);
  for (let p = 2; p < 8; p += 2) {
    if (slt(products, p, a, d + SMIN_LO)) copy64(a, d + SMIN_LO, products, p);
    if (slt(a, d + SMAX_LO, products, p)) copy64(a, d + SMAX_LO, products, p);
  }
}
