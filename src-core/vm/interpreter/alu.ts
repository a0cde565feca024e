import type { AluOp, EndWidth } from '../../isa/table.ts';
import { assertNever } from '../../util/assert-never.ts';
import * as m from '../../util/int64-math.ts';

/** Signed 32-bit quotient and remainder as RFC 9669 section 4.1 has them. */
const sdiv32 = (a: number, b: number): number => (b === 0 ? 0 : (a / b) | 0);
const smod32 = (a: number, b: number): number => (b === 0 ? a : (a % b) | 0);
const udiv32 = (a: number, b: number): number => (b === 0 ? 0 : ((a >>> 0) / (b >>> 0)) | 0);
const umod32 = (a: number, b: number): number => (b === 0 ? a : ((a >>> 0) % (b >>> 0)) | 0);

/** A 32-bit operation on low halves; the caller clears the upper half. */
export function alu32(op: AluOp, a: number, b: number): number {
  switch (op) {
    case 'add':
      return (a + b) | 0;
    case 'sub':
      return (a - b) | 0;
    case 'mul':
      return Math.imul(a, b);
    case 'div':
      return udiv32(a, b);
    case 'sdiv':
      return sdiv32(a, b);
    case 'mod':
      return umod32(a, b);
    case 'smod':
      return smod32(a, b);
    case 'or':
      return a | b;
    case 'and':
      return a & b;
    case 'xor':
      return a ^ b;
    case 'lsh':
      return a << (b & 31);
    case 'rsh':
      return (a >>> (b & 31)) | 0;
    case 'arsh':
      return a >> (b & 31);
    case 'mov':
      return b | 0;
    default:
      return assertNever(op);
  }
}

/** A 64-bit operation; returns the low half and leaves the high half in `int64-math.out.hi`. */
export function alu64(op: AluOp, aLo: number, aHi: number, bLo: number, bHi: number): number {
  switch (op) {
    case 'add': {
      const lo = (aLo + bLo) | 0;
      m.out.hi = (aHi + bHi + (lo >>> 0 < aLo >>> 0 ? 1 : 0)) | 0;
      return lo;
    }
    case 'sub':
      m.out.hi = (aHi - bHi - (aLo >>> 0 < bLo >>> 0 ? 1 : 0)) | 0;
      return (aLo - bLo) | 0;
    case 'mul':
      return m.mul64(aLo, aHi, bLo, bHi);
    case 'div':
      return m.udiv64(aLo, aHi, bLo, bHi);
    case 'sdiv':
      return m.sdiv64(aLo, aHi, bLo, bHi);
    case 'mod':
      return m.umod64(aLo, aHi, bLo, bHi);
    case 'smod':
      return m.smod64(aLo, aHi, bLo, bHi);
    case 'or':
      m.out.hi = aHi | bHi;
      return aLo | bLo;
    case 'and':
      m.out.hi = aHi & bHi;
      return aLo & bLo;
    case 'xor':
      m.out.hi = aHi ^ bHi;
      return aLo ^ bLo;
    case 'lsh':
      return m.shl64(aLo, aHi, bLo & 63);
    case 'rsh':
      return m.shr64(aLo, aHi, bLo & 63);
    case 'arsh':
      return m.sar64(aLo, aHi, bLo & 63);
    case 'mov':
      m.out.hi = bHi | 0;
      return bLo | 0;
    default:
      return assertNever(op);
  }
}

/** Byte order conversion to `bits`, upper bits cleared; high half in `int64-math.out.hi`. */
export function byteSwap(bits: EndWidth, lo: number, hi: number): number {
  m.out.hi = bits === 64 ? m.swap32(lo) : 0;
  if (bits === 16) return m.swap16(lo);
  return m.swap32(bits === 64 ? hi : lo);
}

/** Truncation to `bits`: a little-endian conversion on a little-endian machine. */
export function truncate(bits: EndWidth, lo: number, hi: number): number {
  m.out.hi = bits === 64 ? hi : 0;
  return bits === 16 ? lo & 0xffff : lo;
}
