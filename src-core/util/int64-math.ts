import { cmpU64 } from './int64.ts';

/**
 * 64-bit arithmetic on halves. Each function returns the low half and leaves the high half in `out.hi`, so that
 * nothing is allocated; read it before the next call.
 */
export const out = { hi: 0 };

/** a * b mod 2^64. */
export function mul64(aLo: number, aHi: number, bLo: number, bHi: number): number {
  const a0 = aLo & 0xffff;
  const a1 = aLo >>> 16;
  const b0 = bLo & 0xffff;
  const b1 = bLo >>> 16;
  const low = a0 * b0;
  const mid = a1 * b0 + (low >>> 16);
  const mid2 = a0 * b1 + (mid % 0x1_0000);
  const carry = a1 * b1 + Math.floor(mid / 0x1_0000) + Math.floor(mid2 / 0x1_0000);
  out.hi = ((carry | 0) + Math.imul(aLo, bHi) + Math.imul(aHi, bLo)) | 0;
  return ((mid2 & 0xffff) << 16) | (low & 0xffff);
}

/** Quotient and remainder of the last unsigned division. */
const division = { qLo: 0, qHi: 0, rLo: 0, rHi: 0 };

/** Schoolbook division, one bit at a time above 2^53 and in doubles below; the divisor is not zero. */
function divide(aLo: number, aHi: number, bLo: number, bHi: number): void {
  if (aHi >>> 0 < 0x20_0000 && bHi >>> 0 < 0x20_0000) {
    const a = (aHi >>> 0) * 4294967296 + (aLo >>> 0);
    const b = (bHi >>> 0) * 4294967296 + (bLo >>> 0);
    const q = Math.floor(a / b);
    const r = a % b;
    division.qLo = q | 0;
    division.qHi = Math.floor(q / 4294967296) | 0;
    division.rLo = r | 0;
    division.rHi = Math.floor(r / 4294967296) | 0;
    return;
  }
  let rLo = 0;
  let rHi = 0;
  let qLo = aLo | 0;
  let qHi = aHi | 0;
  for (let i = 0; i < 64; i++) {
    const overflow = rHi < 0;
    rHi = (rHi << 1) | (rLo >>> 31);
    rLo = (rLo << 1) | (qHi >>> 31);
    qHi = (qHi << 1) | (qLo >>> 31);
    qLo <<= 1;
    if (overflow || cmpU64(rLo, rHi, bLo, bHi) >= 0) {
      const borrow = rLo >>> 0 < bLo >>> 0 ? 1 : 0;
      rLo = (rLo - bLo) | 0;
      rHi = (rHi - bHi - borrow) | 0;
      qLo |= 1;
    }
  }
  division.qLo = qLo;
  division.qHi = qHi;
  division.rLo = rLo;
  division.rHi = rHi;
}

/** Unsigned quotient; division by zero gives 0 (RFC 9669 section 4.1). */
export function udiv64(aLo: number, aHi: number, bLo: number, bHi: number): number {
  if ((bLo | bHi) === 0) {
    out.hi = 0;
    return 0;
  }
  divide(aLo, aHi, bLo, bHi);
  out.hi = division.qHi;
  return division.qLo;
}

/** Unsigned remainder; modulo zero gives the dividend (RFC 9669 section 4.1). */
export function umod64(aLo: number, aHi: number, bLo: number, bHi: number): number {
  if ((bLo | bHi) === 0) {
    out.hi = aHi | 0;
    return aLo | 0;
  }
  divide(aLo, aHi, bLo, bHi);
  out.hi = division.rHi;
  return division.rLo;
}

/** -a. */
export function neg64(lo: number, hi: number): number {
  const l = -lo | 0;
  out.hi = (~hi + (l === 0 ? 1 : 0)) | 0;
  return l;
}

function abs64(lo: number, hi: number): number {
  if (hi < 0) return neg64(lo, hi);
  out.hi = hi;
  return lo;
}

/** Signed quotient, rounding to zero; by zero 0, and the most negative by -1 stays itself. */
export function sdiv64(aLo: number, aHi: number, bLo: number, bHi: number): number {
  const al = abs64(aLo, aHi);
  const ah = out.hi;
  const bl = abs64(bLo, bHi);
  const q = udiv64(al, ah, bl, out.hi);
  return aHi < 0 === bHi < 0 ? q : neg64(q, out.hi);
}

/** Signed remainder with the sign of the dividend; modulo zero gives the dividend. */
export function smod64(aLo: number, aHi: number, bLo: number, bHi: number): number {
  const al = abs64(aLo, aHi);
  const ah = out.hi;
  const bl = abs64(bLo, bHi);
  const r = umod64(al, ah, bl, out.hi);
  return aHi < 0 ? neg64(r, out.hi) : r;
}

/** a << n, 0 <= n < 64. */
export function shl64(lo: number, hi: number, n: number): number {
  if (n === 0) {
    out.hi = hi | 0;
    return lo | 0;
  }
  if (n >= 32) {
    out.hi = lo << (n - 32);
    return 0;
  }
  out.hi = (hi << n) | (lo >>> (32 - n));
  return lo << n;
}

/** a >>> n, 0 <= n < 64. */
export function shr64(lo: number, hi: number, n: number): number {
  if (n === 0) {
    out.hi = hi | 0;
    return lo | 0;
  }
  if (n >= 32) {
    out.hi = 0;
    return (hi >>> (n - 32)) | 0;
  }
  out.hi = (hi >>> n) | 0;
  return (lo >>> n) | (hi << (32 - n));
}

/** a >> n with the sign, 0 <= n < 64. */
export function sar64(lo: number, hi: number, n: number): number {
  if (n === 0) {
    out.hi = hi | 0;
    return lo | 0;
  }
  if (n >= 32) {
    out.hi = hi >> 31;
    return hi >> (n - 32);
  }
  out.hi = hi >> n;
  return (lo >>> n) | (hi << (32 - n));
}

export const swap16 = (x: number): number => ((x & 0xff) << 8) | ((x >>> 8) & 0xff);
export const swap32 = (x: number): number =>
  (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
