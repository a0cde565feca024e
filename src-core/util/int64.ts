/**
 * 64-bit integers as two 32-bit halves (`lo`, `hi`, each an int32 or uint32 number). BigInt costs ten
 * times as much on the verifier's hot path, so it appears only at the edges (text, tests).
 */

/** Unsigned comparison: negative, zero or positive. */
export function cmpU64(aLo: number, aHi: number, bLo: number, bHi: number): number {
  const ah = aHi >>> 0;
  const bh = bHi >>> 0;
  if (ah !== bh) return ah < bh ? -1 : 1;
  const al = aLo >>> 0;
  const bl = bLo >>> 0;
  return al === bl ? 0 : al < bl ? -1 : 1;
}

/** Signed comparison: negative, zero or positive. */
export function cmpS64(aLo: number, aHi: number, bLo: number, bHi: number): number {
  const ah = aHi | 0;
  const bh = bHi | 0;
  if (ah !== bh) return ah < bh ? -1 : 1;
  const al = aLo >>> 0;
  const bl = bLo >>> 0;
  return al === bl ? 0 : al < bl ? -1 : 1;
}

const TWO32 = 0x1_0000_0000;

/** Decimal text of an unsigned value, as `%llu`. */
export function u64ToDec(lo: number, hi: number): string {
  const h = hi >>> 0;
  const l = lo >>> 0;
  if (h < 0x20_0000) return String(h * TWO32 + l);
  // Long division by 1e9, 16 bits at a time, keeps every step a safe integer.
  let a = h;
  let b = l;
  let out = '';
  while (a !== 0 || b !== 0) {
    const qa = Math.floor(a / 1e9);
    const r1 = (a % 1e9) * 65536 + (b >>> 16);
    const q1 = Math.floor(r1 / 1e9);
    const r2 = (r1 % 1e9) * 65536 + (b & 0xffff);
    const q2 = Math.floor(r2 / 1e9);
    const digits = String(r2 % 1e9);
    a = qa;
    b = (q1 * 65536 + q2) >>> 0;
    out = (a !== 0 || b !== 0 ? digits.padStart(9, '0') : digits) + out;
  }
  return out;
}

/** Decimal text of a signed value, as `%lld`. */
export function s64ToDec(lo: number, hi: number): string {
  if (hi >= 0 && hi < 0x8000_0000 && (hi | 0) >= 0) return u64ToDec(lo, hi);
  const nlo = -lo >>> 0;
  const nhi = (~hi + (nlo === 0 ? 1 : 0)) >>> 0;
  return `-${u64ToDec(nlo, nhi)}`;
}

/** Lower-case hexadecimal without prefix or padding, as `%llx`. */
export function u64ToHex(lo: number, hi: number): string {
  const h = hi >>> 0;
  const l = lo >>> 0;
  return h === 0 ? l.toString(16) : h.toString(16) + l.toString(16).padStart(8, '0');
}

/** As a BigInt, unsigned; for tests and text only. */
export function u64ToBig(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}
