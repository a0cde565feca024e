import { MASK_HI, MASK_LO, VAL_HI, VAL_LO } from './layout.ts';
import { addU64, mulU64, sar64, set64, shl64, shr64 } from './words.ts';

/**
 * Tristate numbers (`kernel/bpf/tnum.c`, Linux 6.18): for every bit of a 64-bit value 0, 1 or unknown.
 *
 *   word 0, 1: value (known ones)   word 2, 3: mask (unknown bits)   value & mask == 0
 *
 * These are the first four words of a register (layout.ts), so a register's offset is its tnum's offset.
 * Each operation writes to (out, o), which may be one of its inputs.
 */
export const TNUM_WORDS = 4;

/** tnum_unknown as a source of copies. */
export const TNUM_UNKNOWN: Int32Array = Int32Array.of(0, 0, -1, -1);

function store(
  out: Int32Array,
  o: number,
  valLo: number,
  valHi: number,
  maskLo: number,
  maskHi: number,
): void {
  out[o + VAL_LO] = valLo;
  out[o + VAL_HI] = valHi;
  out[o + MASK_LO] = maskLo;
  out[o + MASK_HI] = maskHi;
}

export function tnumCopy(out: Int32Array, o: number, a: Int32Array, i: number): void {
  store(out, o, a[i], a[i + 1], a[i + 2], a[i + 3]);
}

/** tnum_const() */
export function tnumConst(out: Int32Array, o: number, lo: number, hi: number): void {
  store(out, o, lo, hi, 0, 0);
}

export function tnumSetUnknown(out: Int32Array, o: number): void {
  store(out, o, 0, 0, -1, -1);
}

export function tnumIsConst(a: Int32Array, i: number): boolean {
  return (a[i + MASK_LO] | a[i + MASK_HI]) === 0;
}

export function tnumIsUnknown(a: Int32Array, i: number): boolean {
  return (a[i + MASK_LO] & a[i + MASK_HI]) === -1;
}

/** tnum_subreg_is_const() */
export function tnumSubregIsConst(a: Int32Array, i: number): boolean {
  return a[i + MASK_LO] === 0;
}

/** All ones below and at the highest set bit. */
function fillBelow(word: number): number {
  return word === 0 ? 0 : -1 >>> Math.clz32(word);
}

/** tnum_range(): the smallest tnum that holds every value of min..max (unsigned). */
export function tnumRange(
  out: Int32Array,
  o: number,
  minLo: number,
  minHi: number,
  maxLo: number,
  maxHi: number,
): void {
  const chiHi = minHi ^ maxHi;
  const deltaHi = fillBelow(chiHi);
  const deltaLo = chiHi === 0 ? fillBelow(minLo ^ maxLo) : -1;
  store(out, o, minLo & ~deltaLo, minHi & ~deltaHi, deltaLo, deltaHi);
}

/** tnum_lshift(), 0 <= shift <= 63. */
export function tnumLshift(out: Int32Array, o: number, a: Int32Array, i: number, shift: number): void {
  tnumCopy(out, o, a, i);
  shl64(out, o + VAL_LO, shift);
  shl64(out, o + MASK_LO, shift);
}

/** tnum_rshift(), 0 <= shift <= 63. */
export function tnumRshift(out: Int32Array, o: number, a: Int32Array, i: number, shift: number): void {
  tnumCopy(out, o, a, i);
  shr64(out, o + VAL_LO, shift);
  shr64(out, o + MASK_LO, shift);
}

/** tnum_arshift() with insn_bitness 64, 0 <= shift <= 63. */
export function tnumArshift64(out: Int32Array, o: number, a: Int32Array, i: number, shift: number): void {
  tnumCopy(out, o, a, i);
  sar64(out, o + VAL_LO, shift);
  sar64(out, o + MASK_LO, shift);
}

/** tnum_arshift() with insn_bitness 32, 0 <= shift <= 31: shifts the low word, clears the high one. */
export function tnumArshift32(out: Int32Array, o: number, a: Int32Array, i: number, shift: number): void {
  store(out, o, a[i + VAL_LO] >> shift, 0, a[i + MASK_LO] >> shift, 0);
}

/** tnum_add() */
export function tnumAdd(
  out: Int32Array,
  o: number,
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
): void {
  const amLo = a[i + MASK_LO];
  const amHi = a[i + MASK_HI];
  const bmLo = b[j + MASK_LO];
  const bmHi = b[j + MASK_HI];
  const smLo = (amLo + bmLo) | 0;
  const smHi = (amHi + bmHi + (smLo >>> 0 < amLo >>> 0 ? 1 : 0)) | 0;
  const svLo = (a[i + VAL_LO] + b[j + VAL_LO]) | 0;
  const svHi = (a[i + VAL_HI] + b[j + VAL_HI] + (svLo >>> 0 < a[i + VAL_LO] >>> 0 ? 1 : 0)) | 0;
  const sigmaLo = (smLo + svLo) | 0;
  const sigmaHi = (smHi + svHi + (sigmaLo >>> 0 < smLo >>> 0 ? 1 : 0)) | 0;
  const muLo = (sigmaLo ^ svLo) | amLo | bmLo;
  const muHi = (sigmaHi ^ svHi) | amHi | bmHi;
  store(out, o, svLo & ~muLo, svHi & ~muHi, muLo, muHi);
}

/** tnum_sub() */
export function tnumSub(
  out: Int32Array,
  o: number,
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
): void {
  const amLo = a[i + MASK_LO];
  const amHi = a[i + MASK_HI];
  const bmLo = b[j + MASK_LO];
  const bmHi = b[j + MASK_HI];
  const avLo = a[i + VAL_LO];
  const bvLo = b[j + VAL_LO];
  const dvLo = (avLo - bvLo) | 0;
  const dvHi = (a[i + VAL_HI] - b[j + VAL_HI] - (avLo >>> 0 < bvLo >>> 0 ? 1 : 0)) | 0;
  const alphaLo = (dvLo + amLo) | 0;
  const alphaHi = (dvHi + amHi + (alphaLo >>> 0 < dvLo >>> 0 ? 1 : 0)) | 0;
  const betaLo = (dvLo - bmLo) | 0;
  const betaHi = (dvHi - bmHi - (dvLo >>> 0 < bmLo >>> 0 ? 1 : 0)) | 0;
  const muLo = (alphaLo ^ betaLo) | amLo | bmLo;
  const muHi = (alphaHi ^ betaHi) | amHi | bmHi;
  store(out, o, dvLo & ~muLo, dvHi & ~muHi, muLo, muHi);
}

const ZERO = new Int32Array(TNUM_WORDS);

/** tnum_neg() */
export function tnumNeg(out: Int32Array, o: number, a: Int32Array, i: number): void {
  tnumSub(out, o, ZERO, 0, a, i);
}

/** tnum_and() */
export function tnumAnd(
  out: Int32Array,
  o: number,
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
): void {
  const vLo = a[i + VAL_LO] & b[j + VAL_LO];
  const vHi = a[i + VAL_HI] & b[j + VAL_HI];
  const mayLo = (a[i + VAL_LO] | a[i + MASK_LO]) & (b[j + VAL_LO] | b[j + MASK_LO]);
  const mayHi = (a[i + VAL_HI] | a[i + MASK_HI]) & (b[j + VAL_HI] | b[j + MASK_HI]);
  store(out, o, vLo, vHi, mayLo & ~vLo, mayHi & ~vHi);
}

/** tnum_or() */
export function tnumOr(out: Int32Array, o: number, a: Int32Array, i: number, b: Int32Array, j: number): void {
  const vLo = a[i + VAL_LO] | b[j + VAL_LO];
  const vHi = a[i + VAL_HI] | b[j + VAL_HI];
  const muLo = a[i + MASK_LO] | b[j + MASK_LO];
  const muHi = a[i + MASK_HI] | b[j + MASK_HI];
  store(out, o, vLo, vHi, muLo & ~vLo, muHi & ~vHi);
}

/** tnum_xor() */
export function tnumXor(
  out: Int32Array,
  o: number,
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
): void {
  const muLo = a[i + MASK_LO] | b[j + MASK_LO];
  const muHi = a[i + MASK_HI] | b[j + MASK_HI];
  store(out, o, (a[i + VAL_LO] ^ b[j + VAL_LO]) & ~muLo, (a[i + VAL_HI] ^ b[j + VAL_HI]) & ~muHi, muLo, muHi);
}

const mulA = new Int32Array(TNUM_WORDS);
const mulB = new Int32Array(TNUM_WORDS);
const mulAcc = new Int32Array(TNUM_WORDS);
const mulTaken = new Int32Array(TNUM_WORDS);

/** tnum_mul(): long multiplication; a step whose multiplier bit is unknown joins both outcomes. */
export function tnumMul(
  out: Int32Array,
  o: number,
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
): void {
  if (tnumIsConst(a, i) && tnumIsConst(b, j)) {
    mulU64(out, o + VAL_LO, a, i + VAL_LO, b, j + VAL_LO);
    set64(out, o + MASK_LO, 0, 0);
    return;
  }
  tnumCopy(mulA, 0, a, i);
  tnumCopy(mulB, 0, b, j);
  tnumCopy(mulAcc, 0, ZERO, 0);
  while ((mulA[VAL_LO] | mulA[VAL_HI] | mulA[MASK_LO] | mulA[MASK_HI]) !== 0) {
    if ((mulA[VAL_LO] & 1) !== 0) {
      tnumAdd(mulAcc, 0, mulAcc, 0, mulB, 0);
    } else if ((mulA[MASK_LO] & 1) !== 0) {
      tnumAdd(mulTaken, 0, mulAcc, 0, mulB, 0);
      tnumUnion(mulAcc, 0, mulAcc, 0, mulTaken, 0);
    }
    tnumRshift(mulA, 0, mulA, 0, 1);
    tnumLshift(mulB, 0, mulB, 0, 1);
  }
  tnumCopy(out, o, mulAcc, 0);
}

/** tnum_overlap(): false when a bit is known in both and differs, so that no value is in both. */
export function tnumOverlap(a: Int32Array, i: number, b: Int32Array, j: number): boolean {
  const lo = (a[i + VAL_LO] ^ b[j + VAL_LO]) & ~a[i + MASK_LO] & ~b[j + MASK_LO];
  const hi = (a[i + VAL_HI] ^ b[j + VAL_HI]) & ~a[i + MASK_HI] & ~b[j + MASK_HI];
  return (lo | hi) === 0;
}

/** tnum_intersect(); where the inputs contradict each other the bit becomes a known 1, as in Linux. */
export function tnumIntersect(
  out: Int32Array,
  o: number,
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
): void {
  const muLo = a[i + MASK_LO] & b[j + MASK_LO];
  const muHi = a[i + MASK_HI] & b[j + MASK_HI];
  store(out, o, (a[i + VAL_LO] | b[j + VAL_LO]) & ~muLo, (a[i + VAL_HI] | b[j + VAL_HI]) & ~muHi, muLo, muHi);
}

/** tnum_union(): the smallest tnum that holds the members of both. */
export function tnumUnion(
  out: Int32Array,
  o: number,
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
): void {
  const muLo = (a[i + VAL_LO] ^ b[j + VAL_LO]) | a[i + MASK_LO] | b[j + MASK_LO];
  const muHi = (a[i + VAL_HI] ^ b[j + VAL_HI]) | a[i + MASK_HI] | b[j + MASK_HI];
  store(out, o, a[i + VAL_LO] & b[j + VAL_LO] & ~muLo, a[i + VAL_HI] & b[j + VAL_HI] & ~muHi, muLo, muHi);
}

/** tnum_cast(): keeps the low `size` bytes (1, 2 or 4). */
export function tnumCast(out: Int32Array, o: number, a: Int32Array, i: number, size: number): void {
  const keep = size === 4 ? -1 : (1 << (size * 8)) - 1;
  store(out, o, a[i + VAL_LO] & keep, 0, a[i + MASK_LO] & keep, 0);
}

/** tnum_is_aligned(); `size` is 0 or a power of two below 2^31. */
export function tnumIsAligned(a: Int32Array, i: number, size: number): boolean {
  return size === 0 || ((a[i + VAL_LO] | a[i + MASK_LO]) & (size - 1)) === 0;
}

/** tnum_in(): every member of b is a member of a. */
export function tnumIn(a: Int32Array, i: number, b: Int32Array, j: number): boolean {
  const amLo = a[i + MASK_LO];
  const amHi = a[i + MASK_HI];
  if (((b[j + MASK_LO] & ~amLo) | (b[j + MASK_HI] & ~amHi)) !== 0) return false;
  return a[i + VAL_LO] === (b[j + VAL_LO] & ~amLo) && a[i + VAL_HI] === (b[j + VAL_HI] & ~amHi);
}

/** tnum_subreg() */
export function tnumSubreg(out: Int32Array, o: number, a: Int32Array, i: number): void {
  store(out, o, a[i + VAL_LO], 0, a[i + MASK_LO], 0);
}

/** tnum_const_subreg() */
export function tnumConstSubreg(out: Int32Array, o: number, a: Int32Array, i: number, value: number): void {
  store(out, o, value, a[i + VAL_HI], 0, a[i + MASK_HI]);
}

function swab32(v: number): number {
  return (v << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24);
}

function swab16(v: number): number {
  return ((v & 0xff) << 8) | ((v >>> 8) & 0xff);
}

/** tnum_bswap16(), tnum_bswap32(), tnum_bswap64(): `size` in bytes; the bits above it become 0. */
export function tnumBswap(out: Int32Array, o: number, a: Int32Array, i: number, size: 2 | 4 | 8): void {
  const vLo = a[i + VAL_LO];
  const mLo = a[i + MASK_LO];
  if (size === 2) store(out, o, swab16(vLo), 0, swab16(mLo), 0);
  else if (size === 4) store(out, o, swab32(vLo), 0, swab32(mLo), 0);
  else store(out, o, swab32(a[i + VAL_HI]), swab32(vLo), swab32(a[i + MASK_HI]), swab32(mLo));
}

/** All ones above bit `bit` (0: all 64), i.e. `U64_MAX << bit`, 0 <= bit <= 63. */
const onesFrom = new Int32Array(2);

function setOnesFrom(bit: number): void {
  set64(onesFrom, 0, -1, -1);
  shl64(onesFrom, 0, bit);
}

/** fls64() of two halves: 1 + index of the highest set bit, 0 for zero. */
function fls64(lo: number, hi: number): number {
  return hi !== 0 ? 64 - Math.clz32(hi) : 32 - Math.clz32(lo);
}

const stepOne = new Int32Array(2);

function isAtLeast(aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  const ah = aHi >>> 0;
  const bh = bHi >>> 0;
  return ah === bh ? aLo >>> 0 >= bLo >>> 0 : ah > bh;
}

/**
 * tnum_step(): writes to out[o], out[o + 1] the smallest member of `a` above z; the smallest member when z
 * is below it, the largest when z is at or above that.
 */
export function tnumStep(
  out: Int32Array,
  o: number,
  a: Int32Array,
  i: number,
  zLo: number,
  zHi: number,
): void {
  const vLo = a[i + VAL_LO];
  const vHi = a[i + VAL_HI];
  const mLo = a[i + MASK_LO];
  const mHi = a[i + MASK_HI];
  if (isAtLeast(zLo, zHi, vLo | mLo, vHi | mHi)) {
    set64(out, o, vLo | mLo, vHi | mHi);
    return;
  }
  if (!isAtLeast(zLo, zHi, vLo, vHi)) {
    set64(out, o, vLo, vHi);
    return;
  }
  if (!isAtLeast(zLo, zHi, vLo | (zLo & mLo), vHi | (zHi & mHi))) {
    // z lacks a known 1: keep z above the highest such bit, the smallest member below it.
    setOnesFrom(fls64(~zLo & vLo, ~zHi & vHi));
    set64(out, o, (onesFrom[0] & zLo) | (~onesFrom[0] & vLo), (onesFrom[1] & zHi) | (~onesFrom[1] & vHi));
    return;
  }
  // z has a 1 where a member has 0: count up in the unknown bits above the highest such bit.
  const k = fls64(zLo & ~vLo & ~mLo, zHi & ~vHi & ~mHi);
  setOnesFrom(k);
  set64(out, o, onesFrom[0] & (~mLo | zLo), onesFrom[1] & (~mHi | zHi));
  set64(stepOne, 0, 1, 0);
  shl64(stepOne, 0, k);
  addU64(out, o, stepOne[0], stepOne[1]);
  set64(out, o, (out[o] & mLo) | vLo, (out[o + 1] & mHi) | vHi);
}
