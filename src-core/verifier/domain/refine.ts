import {
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
  BPF_JNE,
  BPF_JSET,
  BPF_JSGE,
  BPF_JSGT,
  BPF_JSLE,
  BPF_JSLT,
} from '../../isa/opcodes.ts';
import { BPF_JSET_NOT, flipOpcode } from './branch.ts';
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
  VAL_HI,
  VAL_LO,
} from './layout.ts';
import { isRegConst, markRegUnbounded } from './reg.ts';
import { tnumCopy, tnumIntersect } from './tnum.ts';
import {
  addU64,
  copy64,
  lowerS32,
  lowerS64,
  lowerU32,
  lowerU64,
  raiseS32,
  raiseS64,
  raiseU32,
  raiseU64,
  subU64,
} from './words.ts';

/** `a == b`, low words. */
function refineEqual32(a: Int32Array, i: number, b: Int32Array, j: number): void {
  raiseU32(a, i + U32_MIN, b[j + U32_MIN]);
  lowerU32(a, i + U32_MAX, b[j + U32_MAX]);
  raiseS32(a, i + S32_MIN, b[j + S32_MIN]);
  lowerS32(a, i + S32_MAX, b[j + S32_MAX]);
  for (let word = S32_MIN; word <= U32_MAX; word++) b[j + word] = a[i + word];
  const mask = a[i + MASK_LO] & b[j + MASK_LO];
  const value = (a[i + VAL_LO] | b[j + VAL_LO]) & ~mask;
  setSubreg(a, i, value, mask);
  setSubreg(b, j, value, mask);
}

function setSubreg(a: Int32Array, i: number, value: number, mask: number): void {
  a[i + VAL_LO] = value;
  a[i + MASK_LO] = mask;
}

/** `a == b` */
function refineEqual64(a: Int32Array, i: number, b: Int32Array, j: number): void {
  raiseU64(a, i + UMIN_LO, b[j + UMIN_LO], b[j + UMIN_HI]);
  lowerU64(a, i + UMAX_LO, b[j + UMAX_LO], b[j + UMAX_HI]);
  raiseS64(a, i + SMIN_LO, b[j + SMIN_LO], b[j + SMIN_HI]);
  lowerS64(a, i + SMAX_LO, b[j + SMAX_LO], b[j + SMAX_HI]);
  for (let word = SMIN_LO; word <= UMAX_HI; word++) b[j + word] = a[i + word];
  tnumIntersect(a, i, a, i, b, j);
  tnumCopy(b, j, a, i);
}

/** `a != constant`: an end of a range that is the constant moves inwards by one. */
function refineNotEqual32(a: Int32Array, i: number, value: number): void {
  if (a[i + U32_MIN] === value) a[i + U32_MIN]++;
  if (a[i + U32_MAX] === value) a[i + U32_MAX]--;
  if (a[i + S32_MIN] === value) a[i + S32_MIN]++;
  if (a[i + S32_MAX] === value) a[i + S32_MAX]--;
}

function refineNotEqual64(a: Int32Array, i: number, lo: number, hi: number): void {
  moveMinOff(a, i + UMIN_LO, lo, hi);
  moveMaxOff(a, i + UMAX_LO, lo, hi);
  moveMinOff(a, i + SMIN_LO, lo, hi);
  moveMaxOff(a, i + SMAX_LO, lo, hi);
}

function moveMinOff(a: Int32Array, at: number, lo: number, hi: number): void {
  if (a[at] === lo && a[at + 1] === hi) addU64(a, at, 1, 0);
}

function moveMaxOff(a: Int32Array, at: number, lo: number, hi: number): void {
  if (a[at] === lo && a[at + 1] === hi) subU64(a, at, 1, 0);
}

/** Exactly one bit set? */
function isPowerOf2(lo: number, hi: number): boolean {
  if (hi === 0) return lo !== 0 && (lo & (lo - 1)) === 0;
  return lo === 0 && (hi & (hi - 1)) === 0;
}

/** `a & constant` is not zero: tells something for a single bit only. */
function refineBitsSet(a: Int32Array, i: number, lo: number, hi: number): void {
  if (!isPowerOf2(lo, hi)) return;
  a[i + VAL_LO] |= lo;
  a[i + VAL_HI] |= hi;
  a[i + MASK_LO] &= ~lo;
  a[i + MASK_HI] &= ~hi;
}

/** `a & constant` is zero. The ranges go first, so that a dead branch does not break the invariants. */
function refineBitsClear(a: Int32Array, i: number, lo: number, hi: number): void {
  markRegUnbounded(a, i);
  a[i + VAL_LO] &= ~lo;
  a[i + VAL_HI] &= ~hi;
  a[i + MASK_LO] &= ~lo;
  a[i + MASK_HI] &= ~hi;
}

/** The three operations that learn only from a constant, on either side. */
function refineByConst(a: Int32Array, i: number, b: Int32Array, j: number, op: number, is32: boolean): void {
  if (!isRegConst(b, j, is32)) {
    if (isRegConst(a, i, is32)) refineByConst(b, j, a, i, op, is32);
    return;
  }
  const lo = b[j + VAL_LO];
  const hi = is32 ? 0 : b[j + VAL_HI];
  if (op === BPF_JSET) refineBitsSet(a, i, lo, hi);
  else if (op === BPF_JSET_NOT) refineBitsClear(a, i, lo, hi);
  else if (is32) refineNotEqual32(a, i, lo);
  else refineNotEqual64(a, i, lo, hi);
}

/** `a <= b`, or `a < b` when `strict` is 1; unsigned. */
function refineUnsignedLess(
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
  strict: 0 | 1,
  is32: boolean,
): void {
  if (is32) {
    lowerU32(a, i + U32_MAX, b[j + U32_MAX] - strict);
    raiseU32(b, j + U32_MIN, a[i + U32_MIN] + strict);
    return;
  }
  copy64(edge, 0, b, j + UMAX_LO);
  subU64(edge, 0, strict, 0);
  lowerU64(a, i + UMAX_LO, edge[0], edge[1]);
  copy64(edge, 0, a, i + UMIN_LO);
  addU64(edge, 0, strict, 0);
  raiseU64(b, j + UMIN_LO, edge[0], edge[1]);
}

const edge = new Int32Array(2);

/** `a <= b`, or `a < b` when `strict` is 1; signed. Ends wrap around, as in Linux. */
function refineSignedLess(
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
  strict: 0 | 1,
  is32: boolean,
): void {
  if (is32) {
    lowerS32(a, i + S32_MAX, (b[j + S32_MAX] - strict) | 0);
    raiseS32(b, j + S32_MIN, (a[i + S32_MIN] + strict) | 0);
    return;
  }
  copy64(edge, 0, b, j + SMAX_LO);
  subU64(edge, 0, strict, 0);
  lowerS64(a, i + SMAX_LO, edge[0], edge[1]);
  copy64(edge, 0, a, i + SMIN_LO);
  addU64(edge, 0, strict, 0);
  raiseS64(b, j + SMIN_LO, edge[0], edge[1]);
}

/**
 * regs_refine_cond_op(): both registers learn that `a op b` holds; `op` may be BPF_JSET_NOT. The caller
 * syncs the bounds of both afterwards.
 */
export function regsRefineCondOp(
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
  op: number,
  is32: boolean,
): void {
  switch (op) {
    case BPF_JEQ:
      if (is32) refineEqual32(a, i, b, j);
      else refineEqual64(a, i, b, j);
      break;
    case BPF_JNE:
    case BPF_JSET:
    case BPF_JSET_NOT:
      refineByConst(a, i, b, j, op, is32);
      break;
    case BPF_JLE:
      refineUnsignedLess(a, i, b, j, 0, is32);
      break;
    case BPF_JLT:
      refineUnsignedLess(a, i, b, j, 1, is32);
      break;
    case BPF_JSLE:
      refineSignedLess(a, i, b, j, 0, is32);
      break;
    case BPF_JSLT:
      refineSignedLess(a, i, b, j, 1, is32);
      break;
    case BPF_JGE:
    case BPF_JGT:
    case BPF_JSGE:
    case BPF_JSGT:
      regsRefineCondOp(b, j, a, i, flipOpcode(op), is32);
      break;
    default:
  }
}
