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
  BPF_X,
} from '../../isa/opcodes.ts';
import {
  MASK_HI,
  MASK_LO,
  S32_MAX,
  S32_MIN,
  SMAX_LO,
  SMIN_LO,
  U32_MAX,
  U32_MIN,
  UMAX_LO,
  UMIN_LO,
  VAL_HI,
  VAL_LO,
} from './layout.ts';
import { isRegConst } from './reg.ts';
import { tnumIsConst, tnumOverlap } from './tnum.ts';
import { equal64, slt, ult } from './words.ts';

/** is_branch_taken(): 1 always taken, 0 never, -1 not known. */
export type BranchOutcome = 1 | 0 | -1;

/** flip_opcode(): the operation of `b op' a` that means `a op b`. */
export function flipOpcode(op: number): number {
  switch (op) {
    case BPF_JGE:
      return BPF_JLE;
    case BPF_JGT:
      return BPF_JLT;
    case BPF_JLE:
      return BPF_JGE;
    case BPF_JLT:
      return BPF_JGT;
    case BPF_JSGE:
      return BPF_JSLE;
    case BPF_JSGT:
      return BPF_JSLT;
    case BPF_JSLE:
      return BPF_JSGE;
    case BPF_JSLT:
      return BPF_JSGT;
    default:
      return op;
  }
}

/** Pseudo operation: no bit of the operand is set. JSET has no opposite in the instruction set. */
export const BPF_JSET_NOT = BPF_JSET | BPF_X;

/** rev_opcode(): the operation that holds when `a op b` does not. */
export function revOpcode(op: number): number {
  switch (op) {
    case BPF_JEQ:
      return BPF_JNE;
    case BPF_JNE:
      return BPF_JEQ;
    case BPF_JSET:
      return BPF_JSET_NOT;
    case BPF_JSET_NOT:
      return BPF_JSET;
    case BPF_JGE:
      return BPF_JLT;
    case BPF_JGT:
      return BPF_JLE;
    case BPF_JLE:
      return BPF_JGT;
    case BPF_JLT:
      return BPF_JGE;
    case BPF_JSGE:
      return BPF_JSLT;
    case BPF_JSGT:
      return BPF_JSLE;
    case BPF_JSLE:
      return BPF_JSGT;
    case BPF_JSLT:
      return BPF_JSGE;
    default:
      return 0;
  }
}

function disjoint32(a: Int32Array, i: number, b: Int32Array, j: number): boolean {
  return (
    a[i + U32_MIN] >>> 0 > b[j + U32_MAX] >>> 0 ||
    a[i + U32_MAX] >>> 0 < b[j + U32_MIN] >>> 0 ||
    a[i + S32_MIN] > b[j + S32_MAX] ||
    a[i + S32_MAX] < b[j + S32_MIN]
  );
}

function disjoint64(a: Int32Array, i: number, b: Int32Array, j: number): boolean {
  return (
    ult(b, j + UMAX_LO, a, i + UMIN_LO) ||
    ult(a, i + UMAX_LO, b, j + UMIN_LO) ||
    slt(b, j + SMAX_LO, a, i + SMIN_LO) ||
    slt(a, i + SMAX_LO, b, j + SMIN_LO)
  );
}

function subregsOverlap(a: Int32Array, i: number, b: Int32Array, j: number): boolean {
  return ((a[i + VAL_LO] ^ b[j + VAL_LO]) & ~a[i + MASK_LO] & ~b[j + MASK_LO]) === 0;
}

/** `a == b`: 1 always, 0 never, -1 not known. */
function equalOutcome(a: Int32Array, i: number, b: Int32Array, j: number, is32: boolean): BranchOutcome {
  if (is32) {
    if ((a[i + MASK_LO] | b[j + MASK_LO]) === 0) return a[i + VAL_LO] === b[j + VAL_LO] ? 1 : 0;
    return !subregsOverlap(a, i, b, j) || disjoint32(a, i, b, j) ? 0 : -1;
  }
  if (tnumIsConst(a, i) && tnumIsConst(b, j)) return equal64(a, i + VAL_LO, b, j + VAL_LO) ? 1 : 0;
  return !tnumOverlap(a, i, b, j) || disjoint64(a, i, b, j) || disjoint32(a, i, b, j) ? 0 : -1;
}

/** `value & constant` of JSET, where (b, j) is the constant. */
function bitsOutcome(a: Int32Array, i: number, b: Int32Array, j: number, is32: boolean): BranchOutcome {
  const hi = is32 ? 0 : b[j + VAL_HI];
  const lo = b[j + VAL_LO];
  const known = (a[i + VAL_LO] & lo) | (a[i + VAL_HI] & hi);
  if (known !== 0) return 1;
  const possible = (a[i + MASK_LO] & lo) | (a[i + MASK_HI] & hi);
  return possible === 0 ? 0 : -1;
}

function jsetOutcome(a: Int32Array, i: number, b: Int32Array, j: number, is32: boolean): BranchOutcome {
  if (isRegConst(b, j, is32)) return bitsOutcome(a, i, b, j, is32);
  return isRegConst(a, i, is32) ? bitsOutcome(b, j, a, i, is32) : -1;
}

/** `a > b` unsigned. */
function ugt(a: Int32Array, i: number, b: Int32Array, j: number, is32: boolean): BranchOutcome {
  if (is32) {
    if (a[i + U32_MIN] >>> 0 > b[j + U32_MAX] >>> 0) return 1;
    return a[i + U32_MAX] >>> 0 <= b[j + U32_MIN] >>> 0 ? 0 : -1;
  }
  if (ult(b, j + UMAX_LO, a, i + UMIN_LO)) return 1;
  return ult(b, j + UMIN_LO, a, i + UMAX_LO) ? -1 : 0;
}

/** `a >= b` unsigned. */
function uge(a: Int32Array, i: number, b: Int32Array, j: number, is32: boolean): BranchOutcome {
  if (is32) {
    if (a[i + U32_MIN] >>> 0 >= b[j + U32_MAX] >>> 0) return 1;
    return a[i + U32_MAX] >>> 0 < b[j + U32_MIN] >>> 0 ? 0 : -1;
  }
  if (!ult(a, i + UMIN_LO, b, j + UMAX_LO)) return 1;
  return ult(a, i + UMAX_LO, b, j + UMIN_LO) ? 0 : -1;
}

/** `a > b` signed. */
function sgt(a: Int32Array, i: number, b: Int32Array, j: number, is32: boolean): BranchOutcome {
  if (is32) {
    if (a[i + S32_MIN] > b[j + S32_MAX]) return 1;
    return a[i + S32_MAX] <= b[j + S32_MIN] ? 0 : -1;
  }
  if (slt(b, j + SMAX_LO, a, i + SMIN_LO)) return 1;
  return slt(b, j + SMIN_LO, a, i + SMAX_LO) ? -1 : 0;
}

/** `a >= b` signed. */
function sge(a: Int32Array, i: number, b: Int32Array, j: number, is32: boolean): BranchOutcome {
  if (is32) {
    if (a[i + S32_MIN] >= b[j + S32_MAX]) return 1;
    return a[i + S32_MAX] < b[j + S32_MIN] ? 0 : -1;
  }
  if (!slt(a, i + SMIN_LO, b, j + SMAX_LO)) return 1;
  return slt(a, i + SMAX_LO, b, j + SMIN_LO) ? 0 : -1;
}

function not(outcome: BranchOutcome): BranchOutcome {
  return outcome === -1 ? -1 : outcome === 1 ? 0 : 1;
}

/**
 * is_scalar_branch_taken(): will `a op b` jump? Both are scalars; `is32` for BPF_JMP32. The order of the
 * tests matters only where a range is already inverted (a dead branch), and is the kernel's.
 */
export function isScalarBranchTaken(
  a: Int32Array,
  i: number,
  b: Int32Array,
  j: number,
  op: number,
  is32: boolean,
): BranchOutcome {
  switch (op) {
    case BPF_JEQ:
      return equalOutcome(a, i, b, j, is32);
    case BPF_JNE:
      return not(equalOutcome(a, i, b, j, is32));
    case BPF_JSET:
      return jsetOutcome(a, i, b, j, is32);
    case BPF_JGT:
      return ugt(a, i, b, j, is32);
    case BPF_JGE:
      return uge(a, i, b, j, is32);
    case BPF_JLT:
      return ugt(b, j, a, i, is32);
    case BPF_JLE:
      return uge(b, j, a, i, is32);
    case BPF_JSGT:
      return sgt(a, i, b, j, is32);
    case BPF_JSGE:
      return sge(a, i, b, j, is32);
    case BPF_JSLT:
      return sgt(b, j, a, i, is32);
    case BPF_JSLE:
      return sge(b, j, a, i, is32);
    default:
      return -1;
  }
}
