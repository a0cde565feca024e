import { cmpS64, cmpU64 } from '../../util/int64.ts';

/**
 * 64-bit numbers kept in two neighbouring words of an Int32Array, low half first. All functions take the
 * index of the low half.
 */

export const S32_MIN_VALUE = -0x8000_0000;
export const S32_MAX_VALUE = 0x7fff_ffff;

/** `a[i] < b[j]`, unsigned. */
export function ult(a: Int32Array, i: number, b: Int32Array, j: number): boolean {
  return cmpU64(a[i], a[i + 1], b[j], b[j + 1]) < 0;
}

/** `a[i] < b[j]`, signed. */
export function slt(a: Int32Array, i: number, b: Int32Array, j: number): boolean {
  return cmpS64(a[i], a[i + 1], b[j], b[j + 1]) < 0;
}

export function equal64(a: Int32Array, i: number, b: Int32Array, j: number): boolean {
  return a[i] === b[j] && a[i + 1] === b[j + 1];
}

export function set64(a: Int32Array, i: number, lo: number, hi: number): void {
  a[i] = lo;
  a[i + 1] = hi;
}

export function copy64(a: Int32Array, i: number, b: Int32Array, j: number): void {
  a[i] = b[j];
  a[i + 1] = b[j + 1];
}

/** a = max(a, value), unsigned. */
export function raiseU64(a: Int32Array, i: number, lo: number, hi: number): void {
  if (cmpU64(a[i], a[i + 1], lo, hi) < 0) set64(a, i, lo, hi);
}

/** a = min(a, value), unsigned. */
export function lowerU64(a: Int32Array, i: number, lo: number, hi: number): void {
  if (cmpU64(a[i], a[i + 1], lo, hi) > 0) set64(a, i, lo, hi);
}

/** a = max(a, value), signed. */
export function raiseS64(a: Int32Array, i: number, lo: number, hi: number): void {
  if (cmpS64(a[i], a[i + 1], lo, hi) < 0) set64(a, i, lo, hi);
}

/** a = min(a, value), signed. */
export function lowerS64(a: Int32Array, i: number, lo: number, hi: number): void {
  if (cmpS64(a[i], a[i + 1], lo, hi) > 0) set64(a, i, lo, hi);
}

/** a = max(a, value) on unsigned 32-bit patterns. */
export function raiseU32(a: Int32Array, i: number, value: number): void {
  if (a[i] >>> 0 < value >>> 0) a[i] = value;
}

/** a = min(a, value) on unsigned 32-bit patterns. */
export function lowerU32(a: Int32Array, i: number, value: number): void {
  if (a[i] >>> 0 > value >>> 0) a[i] = value;
}

export function raiseS32(a: Int32Array, i: number, value: number): void {
  if (a[i] < (value | 0)) a[i] = value;
}

export function lowerS32(a: Int32Array, i: number, value: number): void {
  if (a[i] > (value | 0)) a[i] = value;
}

/** `a[i] <<= shift`, 0 <= shift <= 63. */
export function shl64(a: Int32Array, i: number, shift: number): void {
  if (shift >= 32) set64(a, i, 0, a[i] << (shift - 32));
  else if (shift > 0) set64(a, i, a[i] << shift, (a[i + 1] << shift) | (a[i] >>> (32 - shift)));
}

/** `a[i] >>= shift`, unsigned, 0 <= shift <= 63. */
export function shr64(a: Int32Array, i: number, shift: number): void {
  if (shift >= 32) set64(a, i, a[i + 1] >>> (shift - 32), 0);
  else if (shift > 0) set64(a, i, (a[i] >>> shift) | (a[i + 1] << (32 - shift)), a[i + 1] >>> shift);
}

/** `a[i] >>= shift`, signed, 0 <= shift <= 63. */
export function sar64(a: Int32Array, i: number, shift: number): void {
  if (shift >= 32) set64(a, i, a[i + 1] >> (shift - 32), a[i + 1] >> 31);
  else if (shift > 0) set64(a, i, (a[i] >>> shift) | (a[i + 1] << (32 - shift)), a[i + 1] >> shift);
}

/** `a[i] += value`; true on unsigned overflow. */
export function addU64(a: Int32Array, i: number, lo: number, hi: number): boolean {
  const sumLo = (a[i] >>> 0) + (lo >>> 0);
  const carry = sumLo > 0xffff_ffff ? 1 : 0;
  const sumHi = (a[i + 1] >>> 0) + (hi >>> 0) + carry;
  set64(a, i, sumLo, sumHi);
  return sumHi > 0xffff_ffff;
}

/** `a[i] -= value`; true on unsigned underflow. */
export function subU64(a: Int32Array, i: number, lo: number, hi: number): boolean {
  const diffLo = (a[i] >>> 0) - (lo >>> 0);
  const diffHi = (a[i + 1] >>> 0) - (hi >>> 0) - (diffLo < 0 ? 1 : 0);
  set64(a, i, diffLo, diffHi);
  return diffHi < 0;
}

/** `a[i] += value`; true on signed overflow. */
export function addS64(a: Int32Array, i: number, lo: number, hi: number): boolean {
  const was = a[i + 1];
  addU64(a, i, lo, hi);
  return (~(was ^ hi) & (was ^ a[i + 1])) < 0;
}

/** `a[i] -= value`; true on signed overflow. */
export function subS64(a: Int32Array, i: number, lo: number, hi: number): boolean {
  const was = a[i + 1];
  subU64(a, i, lo, hi);
  return ((was ^ hi) & (was ^ a[i + 1])) < 0;
}

const product = new Int32Array(4);
const magnitudes = new Int32Array(4);

/** Adds `word` to `product[at]`, carrying upwards. */
function addToProduct(at: number, word: number): void {
  let sum = (product[at] >>> 0) + word;
  product[at] = sum;
  while (sum > 0xffff_ffff && ++at < 4) {
    sum = (product[at] >>> 0) + 1;
    product[at] = sum;
  }
}

/** Adds the 64-bit product of two unsigned words to `product` at word `at`; every step is below 2^53. */
function addWideProduct(at: number, x: number, y: number): void {
  const yLow = y & 0xffff;
  const yHigh = y >>> 16;
  const low = (x >>> 0) * yLow;
  const high = (x >>> 0) * yHigh + Math.floor(low / 0x1_0000);
  addToProduct(at, (high % 0x1_0000) * 0x1_0000 + (low % 0x1_0000));
  if (at < 3) addToProduct(at + 1, Math.floor(high / 0x1_0000));
}

function mulWide(aLo: number, aHi: number, bLo: number, bHi: number): void {
  product.fill(0);
  addWideProduct(0, aLo, bLo);
  addWideProduct(1, aLo, bHi);
  addWideProduct(1, aHi, bLo);
  addWideProduct(2, aHi, bHi);
}

/** `out[o] = a[i] * b[j]`; true on unsigned overflow. */
export function mulU64(
  out: Int32Array,
  o: number,
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
): boolean {
  mulWide(a[i], a[i + 1], b[j], b[j + 1]);
  set64(out, o, product[0], product[1]);
  return (product[2] | product[3]) !== 0;
}

function storeMagnitude(at: number, lo: number, hi: number): void {
  if (hi >= 0) set64(magnitudes, at, lo, hi);
  else set64(magnitudes, at, -lo, ~hi + (lo === 0 ? 1 : 0));
}

/** `out[o] = a[i] * b[j]`; true on signed overflow. */
export function mulS64(
  out: Int32Array,
  o: number,
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
): boolean {
  const negative = (a[i + 1] ^ b[j + 1]) < 0;
  storeMagnitude(0, a[i], a[i + 1]);
  storeMagnitude(2, b[j], b[j + 1]);
  mulWide(magnitudes[0], magnitudes[1], magnitudes[2], magnitudes[3]);
  const lo = product[0];
  const hi = product[1];
  if (negative) set64(out, o, -lo, ~hi + (lo === 0 ? 1 : 0));
  else set64(out, o, lo, hi);
  if ((product[2] | product[3]) !== 0) return true;
  return hi < 0 && !(negative && hi === S32_MIN_VALUE && lo === 0);
}
