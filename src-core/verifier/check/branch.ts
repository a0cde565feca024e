import {
  BPF_JA,
  BPF_JCOND,
  BPF_JEQ,
  BPF_JMP,
  BPF_JMP32,
  BPF_JNE,
  BPF_MAY_GOTO,
  BPF_X,
  classOf,
  opOf,
  srcOf,
} from '../../isa/opcodes.ts';
import { regBoundsSync } from '../domain/bounds.ts';
import { type BranchOutcome, flipOpcode, isScalarBranchTaken, revOpcode } from '../domain/branch.ts';
import { regsRefineCondOp } from '../domain/refine.ts';
import { pushJmpHistory } from '../explore/history.ts';
import { markChainPrecision } from '../explore/precision.ts';
import { findPrevEntry, widenImpreciseScalars } from '../explore/widen.ts';
import { pushStack } from '../explore/worklist.ts';
import { printInsnState } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import { BPF_LOG_LEVEL, type VerifierEnv } from '../state/env.ts';
import { EFAULT, EINVAL, ENOMEM } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import { PTR_TO_STACK, SCALAR_VALUE, typeMayBeNull } from '../state/reg-type.ts';
import {
  INSN_F_DST_REG_STACK,
  INSN_F_SRC_REG_STACK,
  type LinkedReg,
  type VerifierState,
} from '../state/state.ts';
import { collectLinkedRegs, syncLinkedRegs } from './linked.ts';
import { liftNullOfEqualPointer, markPtrOrNullRegs } from './null-branch.ts';
import { isPktPtrBranchTaken, tryMatchPktPointers } from './pkt-branch.ts';
import { checkSrcReg } from './reg-arg.ts';
import {
  isPointer,
  isRegConst,
  markRegKnownImm,
  regIsPktPointerAny,
  regNotNull,
  valHi,
  valLo,
} from './regs.ts';
import { regBoundsSanityCheck } from './sanity.ts';

/** is_branch_taken(), Linux 6.18. */
function isBranchTaken(reg1: Reg, reg2: Reg, opcode: number, is32: boolean): BranchOutcome {
  if (regIsPktPointerAny(reg1) && regIsPktPointerAny(reg2) && !is32) {
    return isPktPtrBranchTaken(reg1, reg2, opcode);
  }
  if (!isPointer(reg1) && !isPointer(reg2)) {
    return isScalarBranchTaken(reg1.a, reg1.o, reg2.a, reg2.o, opcode, is32);
  }
  let ptr = reg1;
  let scalar = reg2;
  let op = opcode;
  if (!isRegConst(scalar, is32)) {
    op = flipOpcode(op);
    ptr = reg2;
    scalar = reg1;
  }
  if (!isRegConst(scalar, is32) || !regNotNull(ptr)) return -1;
  if (valLo(scalar) !== 0 || (!is32 && valHi(scalar) !== 0)) return -1;
  if (op === BPF_JEQ) return 0;
  return op === BPF_JNE ? 1 : -1;
}

/** may_goto: jump, and walk the fall-through as the next iteration. */
function checkMayGoto(env: VerifierEnv): number {
  const { insns, insnIdx, cur } = env;
  if (
    insns.code[insnIdx] !== (BPF_JMP | BPF_JCOND) ||
    insns.src[insnIdx] !== BPF_MAY_GOTO ||
    insns.dst[insnIdx] !== 0 ||
    insns.imm[insnIdx] !== 0
  ) {
    return reject(env, EINVAL, 'invalid may_goto imm %d\n', insns.imm[insnIdx]);
  }
  const prev = cur.parent === null ? null : findPrevEntry(env, cur.parent, insnIdx);
  const queued = pushStack(env, insnIdx + 1, insnIdx, false);
  if (queued === null) return -ENOMEM;
  queued.mayGotoDepth++;
  if (prev !== null) widenImpreciseScalars(env, prev, queued);
  env.insnIdx += insns.off[insnIdx];
  return 0;
}

/** What both ways learn from a comparison of two scalars (reg_set_min_max()). */
function regSetMinMax(
  env: VerifierEnv,
  true1: Reg,
  true2: Reg,
  false1: Reg,
  false2: Reg,
  op: number,
  is32: boolean,
): number {
  if (false1.type !== SCALAR_VALUE || false2.type !== SCALAR_VALUE) return 0;
  regsRefineCondOp(false1.a, false1.o, false2.a, false2.o, revOpcode(op), is32);
  regBoundsSync(false1.a, false1.o);
  regBoundsSync(false2.a, false2.o);
  regsRefineCondOp(true1.a, true1.o, true2.a, true2.o, op, is32);
  regBoundsSync(true1.a, true1.o);
  regBoundsSync(true2.a, true2.o);
  return (
    regBoundsSanityCheck(env, true1, 'true_reg1') ||
    regBoundsSanityCheck(env, true2, 'true_reg2') ||
    regBoundsSanityCheck(env, false1, 'false_reg1') ||
    regBoundsSanityCheck(env, false2, 'false_reg2')
  );
}

/** The operands of a conditional jump, checked; for an immediate, `src` is env.fakeReg[0]. Or an errno. */
function operands(env: VerifierEnv): Reg | number {
  const { insns, insnIdx } = env;
  const imm = insns.imm[insnIdx];
  if (srcOf(insns.code[insnIdx]) === BPF_X) {
    if (imm !== 0) {
      return reject(env, EINVAL, 'BPF_JMP/JMP32 uses reserved fields\n');
    }
    const err = checkSrcReg(env, insns.src[insnIdx]);
    return err !== 0 ? err : env.reg(insns.src[insnIdx]);
  }
  if (insns.src[insnIdx] !== 0) {
    return reject(env, EINVAL, 'BPF_JMP/JMP32 uses reserved fields\n');
  }
  const src = env.fakeReg[0];
  src.clear();
  src.type = SCALAR_VALUE;
  markRegKnownImm(src, imm);
  return src;
}

/** The branch can go one way only: both scalars must stay precise for that. */
function followOne(env: VerifierEnv, dst: Reg, src: Reg, fromReg: boolean, taken: boolean): number {
  const { insns, insnIdx } = env;
  let err = isPointer(dst) ? 0 : markChainPrecision(env, insns.dst[insnIdx]);
  if (!err && fromReg && !isPointer(src)) err = markChainPrecision(env, insns.src[insnIdx]);
  if (err) return err;
  if (env.log.level & BPF_LOG_LEVEL) printInsnState(env, env.cur, env.cur.curframe);
  if (taken) env.insnIdx += insns.off[insnIdx];
  return 0;
}

function linkedRegs(env: VerifierEnv, dst: Reg, src: Reg, fromReg: boolean): LinkedReg[] {
  const linked: LinkedReg[] = [];
  if (fromReg && src.type === SCALAR_VALUE && src.id !== 0) collectLinkedRegs(env, env.cur, src.id, linked);
  if (dst.type === SCALAR_VALUE && dst.id !== 0) collectLinkedRegs(env, env.cur, dst.id, linked);
  if (linked.length > 1) pushJmpHistory(env, env.cur, 0, linked);
  return linked;
}

/** Hands the new bounds of the operands to the registers tied to them, on both ways. */
function syncBoth(
  st: VerifierState,
  other: VerifierState,
  regno: number,
  linked: readonly LinkedReg[],
): void {
  const reg = st.reg(regno);
  if (reg.type !== SCALAR_VALUE || reg.id === 0 || reg.id !== other.reg(regno).id) return;
  syncLinkedRegs(st, reg, linked);
  syncLinkedRegs(other, other.reg(regno), linked);
}

/** Both ways are possible: the jump waits, the walk falls through. */
function followBoth(env: VerifierEnv, dst: Reg, src: Reg, fromReg: boolean): number {
  const { insns, insnIdx, cur } = env;
  const code = insns.code[insnIdx];
  const op = opOf(code);
  const is32 = classOf(code) === BPF_JMP32;
  const dstRegno = insns.dst[insnIdx];
  const srcRegno = insns.src[insnIdx];
  const linked = linkedRegs(env, dst, src, fromReg);
  const other = pushStack(env, insnIdx + insns.off[insnIdx] + 1, insnIdx, false);
  if (other === null) return -EFAULT;
  let err: number;
  if (fromReg) {
    err = regSetMinMax(env, other.reg(dstRegno), other.reg(srcRegno), dst, src, op, is32);
  } else {
    env.fakeReg[1].assign(src);
    err = regSetMinMax(env, other.reg(dstRegno), src, dst, env.fakeReg[1], op, is32);
  }
  if (err) return err;
  if (fromReg) syncBoth(cur, other, srcRegno, linked);
  syncBoth(cur, other, dstRegno, linked);
  if (!is32 && fromReg) liftNullOfEqualPointer(env, op, { dst: dstRegno, src: srcRegno }, cur, other);
  const nullTest = !is32 && !fromReg && insns.imm[insnIdx] === 0 && (op === BPF_JEQ || op === BPF_JNE);
  if (nullTest && typeMayBeNull(dst.type)) {
    markPtrOrNullRegs(env, cur, dstRegno, op === BPF_JNE);
    markPtrOrNullRegs(env, other, dstRegno, op === BPF_JEQ);
  } else {
    tryMatchPktPointers(env, dst, env.reg(srcRegno), cur, other);
  }
  if (env.log.level & BPF_LOG_LEVEL) printInsnState(env, cur, cur.curframe);
  return 0;
}

/** check_cond_jmp_op(), Linux 6.18. */
export function checkCondJmpOp(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const op = opOf(code);
  if (op === BPF_JA || op > BPF_JCOND) {
    return reject(env, EINVAL, 'invalid BPF_JMP/JMP32 opcode %x\n', op);
  }
  if (op === BPF_JCOND) return checkMayGoto(env);
  const err = checkSrcReg(env, insns.dst[insnIdx]);
  if (err) return err;
  const dst = env.reg(insns.dst[insnIdx]);
  const src = operands(env);
  if (typeof src === 'number') return src;
  const fromReg = srcOf(code) === BPF_X;
  const flags =
    (fromReg && src.type === PTR_TO_STACK ? INSN_F_SRC_REG_STACK : 0) |
    (dst.type === PTR_TO_STACK ? INSN_F_DST_REG_STACK : 0);
  if (flags !== 0) pushJmpHistory(env, env.cur, flags, null);
  const taken = isBranchTaken(dst, src, op, classOf(code) === BPF_JMP32);
  if (taken >= 0) return followOne(env, dst, src, fromReg, taken === 1);
  return followBoth(env, dst, src, fromReg);
}
