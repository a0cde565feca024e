import {
  BPF_ADD,
  BPF_ALU64,
  BPF_AND,
  BPF_ARSH,
  BPF_END,
  BPF_LSH,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_RSH,
  BPF_SUB,
  BPF_TO_BE,
  BPF_XOR,
  classOf,
  opOf,
  srcOf,
} from '../../isa/opcodes.ts';
import {
  scalar32MinMaxAdd,
  scalar32MinMaxMul,
  scalar32MinMaxSub,
  scalarMinMaxAdd,
  scalarMinMaxMul,
  scalarMinMaxSub,
} from './arith.ts';
import {
  scalar32MinMaxAnd,
  scalar32MinMaxOr,
  scalar32MinMaxXor,
  scalarMinMaxAnd,
  scalarMinMaxOr,
  scalarMinMaxXor,
} from './bitwise.ts';
import { regBoundsSync } from './bounds.ts';
import { coerceRegToSize, zext32To64 } from './coerce.ts';
import {
  NUM_WORDS,
  S32_MAX,
  S32_MIN,
  SMAX_LO,
  SMIN_LO,
  U32_MAX,
  U32_MIN,
  UMAX_HI,
  UMAX_LO,
  UMIN_LO,
  VAL_LO,
} from './layout.ts';
import { copyReg, markRegKnownZero, markRegUnbounded } from './reg.ts';
import {
  scalar32MinMaxArsh,
  scalar32MinMaxLsh,
  scalar32MinMaxRsh,
  scalarMinMaxArsh,
  scalarMinMaxLsh,
  scalarMinMaxRsh,
} from './shift.ts';
import {
  tnumAdd,
  tnumAnd,
  tnumBswap,
  tnumIsConst,
  tnumMul,
  tnumNeg,
  tnumOr,
  tnumSub,
  tnumSubregIsConst,
  tnumXor,
} from './tnum.ts';
import { equal64 } from './words.ts';

/** Is the source one value in every representation that the operation's width uses? */
function sourceIsConst(b: Int32Array, s: number, alu64: boolean): boolean {
  if (alu64) {
    return (
      tnumIsConst(b, s) && equal64(b, s + SMIN_LO, b, s + SMAX_LO) && equal64(b, s + UMIN_LO, b, s + UMAX_LO)
    );
  }
  return tnumSubregIsConst(b, s) && b[s + S32_MIN] === b[s + S32_MAX] && b[s + U32_MIN] === b[s + U32_MAX];
}

/**
 * is_safe_to_compute_dst_reg_range(): false for division, modulo and a shift by an unknown or too large
 * amount; the destination is then an unknown scalar.
 */
export function isSafeToComputeDstRegRange(code: number, b: Int32Array, s: number): boolean {
  const alu64 = classOf(code) === BPF_ALU64;
  switch (opOf(code)) {
    case BPF_ADD:
    case BPF_SUB:
    case BPF_NEG:
    case BPF_AND:
    case BPF_XOR:
    case BPF_OR:
    case BPF_MUL:
    case BPF_END:
      return true;
    case BPF_LSH:
    case BPF_RSH:
    case BPF_ARSH:
      return sourceIsConst(b, s, alu64) && b[s + UMAX_HI] === 0 && b[s + UMAX_LO] >>> 0 < (alu64 ? 64 : 32);
    default:
      return false;
  }
}

/**
 * maybe_fork_scalars(): the width in which the destination of an AND or OR with a constant is exactly
 * {-1, 0}, so that the walk should take both values apart; null if neither.
 */
export function forkableScalarWidth(a: Int32Array, d: number): 64 | 32 | null {
  if ((a[d + SMIN_LO] & a[d + SMIN_LO + 1]) === -1 && (a[d + SMAX_LO] | a[d + SMAX_LO + 1]) === 0) return 64;
  return a[d + S32_MIN] === -1 && a[d + S32_MAX] === 0 ? 32 : null;
}

/** scalar_byte_swap(): does BPF_END change the value, so that the register's id must go? */
export function byteSwapMutates(code: number, bits: number): boolean {
  return needsByteSwap(code) || bits === 16 || bits === 32;
}

/** On a little-endian machine: bswap always, to_be always, to_le never. */
function needsByteSwap(code: number): boolean {
  return classOf(code) === BPF_ALU64 || srcOf(code) === BPF_TO_BE;
}

function scalarByteSwap(a: Int32Array, d: number, code: number, bits: number): void {
  if (needsByteSwap(code)) {
    if (bits === 16) tnumBswap(a, d, a, d, 2);
    else if (bits === 32) tnumBswap(a, d, a, d, 4);
    else if (bits === 64) tnumBswap(a, d, a, d, 8);
    markRegUnbounded(a, d);
  }
  if (bits === 16 || bits === 32) coerceRegToSize(a, d, bits / 8);
}

function scalarShift(a: Int32Array, d: number, code: number, shift: number): void {
  const alu32 = classOf(code) !== BPF_ALU64;
  switch (opOf(code)) {
    case BPF_LSH:
      if (alu32) scalar32MinMaxLsh(a, d, shift);
      else scalarMinMaxLsh(a, d, shift);
      break;
    case BPF_RSH:
      if (alu32) scalar32MinMaxRsh(a, d, shift);
      else scalarMinMaxRsh(a, d, shift);
      break;
    default:
      if (alu32) scalar32MinMaxArsh(a, d, shift);
      else scalarMinMaxArsh(a, d, shift);
  }
}

const source = new Int32Array(NUM_WORDS);

/**
 * The arithmetic of adjust_scalar_min_max_vals(): destination (a, d) op source (b, s), both scalars, with
 * the zero extension of 32-bit operations and the final bounds sync. `code` and `imm` are the
 * instruction's (imm matters for BPF_END only). isSafeToComputeDstRegRange() must have said yes. The
 * source may be the destination.
 *
 * As in Linux the operation ends every tie to other registers: clear the register's id except for a
 * byte swap that does not mutate.
 */
export function scalarAlu(
  a: Int32Array,
  d: number,
  b: Int32Array,
  s: number,
  code: number,
  imm: number,
): void {
  const op = opOf(code);
  copyReg(source, 0, b, s);
  switch (op) {
    case BPF_ADD:
      scalar32MinMaxAdd(a, d, source, 0);
      scalarMinMaxAdd(a, d, source, 0);
      tnumAdd(a, d, a, d, source, 0);
      break;
    case BPF_SUB:
      scalar32MinMaxSub(a, d, source, 0);
      scalarMinMaxSub(a, d, source, 0);
      tnumSub(a, d, a, d, source, 0);
      break;
    case BPF_NEG:
      copyReg(source, 0, a, d);
      markRegKnownZero(a, d);
      scalar32MinMaxSub(a, d, source, 0);
      scalarMinMaxSub(a, d, source, 0);
      tnumNeg(a, d, source, 0);
      break;
    case BPF_MUL:
      tnumMul(a, d, a, d, source, 0);
      scalar32MinMaxMul(a, d, source, 0);
      scalarMinMaxMul(a, d, source, 0);
      break;
    case BPF_AND:
      tnumAnd(a, d, a, d, source, 0);
      scalar32MinMaxAnd(a, d, source, 0);
      scalarMinMaxAnd(a, d, source, 0);
      break;
    case BPF_OR:
      tnumOr(a, d, a, d, source, 0);
      scalar32MinMaxOr(a, d, source, 0);
      scalarMinMaxOr(a, d, source, 0);
      break;
    case BPF_XOR:
      tnumXor(a, d, a, d, source, 0);
      scalar32MinMaxXor(a, d, source, 0);
      scalarMinMaxXor(a, d, source, 0);
      break;
    case BPF_END:
      scalarByteSwap(a, d, code, imm);
      break;
    default:
      scalarShift(a, d, code, source[VAL_LO]);
  }
  if (classOf(code) !== BPF_ALU64 && op !== BPF_END) zext32To64(a, d);
  regBoundsSync(a, d);
}
