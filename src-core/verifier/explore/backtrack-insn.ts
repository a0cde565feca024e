import {
  BPF_ABS,
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_CALL,
  BPF_END,
  BPF_EXIT,
  BPF_IND,
  BPF_JMP,
  BPF_JMP32,
  BPF_LD,
  BPF_LDX,
  BPF_LOAD_ACQ,
  BPF_MOV,
  BPF_NEG,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_REG_FP,
  BPF_ST,
  BPF_STX,
  BPF_X,
  classOf,
  modeOf,
  opOf,
  srcOf,
} from '../../isa/opcodes.ts';
import type { BpfInsns } from '../../isa/program.ts';
import { reject, verbose, verboseInsn } from '../log/verbose.ts';
import type { BacktrackState } from '../state/backtrack-state.ts';
import { BPF_LOG_LEVEL2, type VerifierEnv } from '../state/env.ts';
import { EFAULT, ENOTSUPP } from '../state/errno.ts';
import { MAX_CALL_FRAMES } from '../state/frame.ts';
import { resolveCall } from '../state/resolve-call.ts';
import { callbackOf } from '../state/signature.ts';
import {
  INSN_F_DST_REG_STACK,
  INSN_F_FRAMENO_MASK,
  INSN_F_SPI_MASK,
  INSN_F_SPI_SHIFT,
  INSN_F_SRC_REG_STACK,
  INSN_F_STACK_ACCESS,
  type JmpHistoryEntry,
} from '../state/state.ts';
import { fmtRegMask, fmtStackMask } from './masks.ts';

/** r1 .. r5. */
const BPF_REGMASK_ARGS = 0x3e;
const BPF_FUNC_tail_call = 12;
/** A call that runs a callback before it returns (is_sync_callback_calling_insn()). */
function isSyncCallbackCall(env: VerifierEnv, i: number): boolean {
  return env.insns.code[i] === (BPF_JMP | BPF_CALL) && callbackOf(resolveCall(env, i)) === 'sync';
}

const isPseudoCall = (insns: BpfInsns, i: number): boolean =>
  insns.code[i] === (BPF_JMP | BPF_CALL) && insns.src[i] === BPF_PSEUDO_CALL;

function isAtomicLoad(insns: BpfInsns, i: number): boolean {
  const code = insns.code[i];
  return classOf(code) === BPF_STX && modeOf(code) === BPF_ATOMIC && insns.imm[i] === BPF_LOAD_ACQ;
}

function verifierBug(env: VerifierEnv, text: string): number {
  return reject(env, EFAULT, 'verifier bug: %s\n', text);
}

function logInsn(env: VerifierEnv, idx: number, bt: BacktrackState): void {
  verbose(env, 'mark_precise: frame%d: regs=%s ', bt.frame, fmtRegMask(bt.regMask));
  verbose(env, 'stack=%s before ', fmtStackMask(bt.slotsLo[bt.frame], bt.slotsHi[bt.frame]));
  verbose(env, '%d: ', idx);
  verboseInsn(env, idx);
}

/** If one of the linked registers of `hist` must be precise, all of them must (bt_sync_linked_regs()). */
function syncLinkedRegs(bt: BacktrackState, hist: JmpHistoryEntry | null): void {
  if (hist === null || hist.linkedRegs === null) return;
  const linked = hist.linkedRegs;
  if (!linked.some((e) => (e.isReg ? bt.hasReg(e.regno, e.frameno) : bt.hasSlot(e.frameno, e.regno)))) return;
  for (const e of linked) {
    if (e.isReg) bt.setReg(e.regno, e.frameno);
    else bt.setSlot(e.frameno, e.regno);
  }
}

function backtrackAlu(insns: BpfInsns, idx: number, bt: BacktrackState): void {
  const code = insns.code[idx];
  const op = opOf(code);
  const dreg = insns.dst[idx];
  if (!bt.hasReg(dreg) || op === BPF_END || op === BPF_NEG) return;
  if (op === BPF_MOV) bt.clearReg(dreg);
  if (srcOf(code) === BPF_X && insns.src[idx] !== BPF_REG_FP) bt.setReg(insns.src[idx]);
}

function backtrackLoad(insns: BpfInsns, idx: number, hist: JmpHistoryEntry | null, bt: BacktrackState): void {
  const dreg = insns.dst[idx];
  if (!bt.hasReg(dreg)) return;
  bt.clearReg(dreg);
  // Only a fill from the stack keeps a scalar's precision; other memory gives an unknown value.
  if (hist === null || (hist.flags & INSN_F_STACK_ACCESS) === 0) return;
  bt.setSlot(hist.flags & INSN_F_FRAMENO_MASK, (hist.flags >> INSN_F_SPI_SHIFT) & INSN_F_SPI_MASK);
}

function backtrackStore(
  insns: BpfInsns,
  idx: number,
  hist: JmpHistoryEntry | null,
  bt: BacktrackState,
): number {
  if (bt.hasReg(insns.dst[idx])) return -ENOTSUPP;
  if (hist === null || (hist.flags & INSN_F_STACK_ACCESS) === 0) return 0;
  const spi = (hist.flags >> INSN_F_SPI_SHIFT) & INSN_F_SPI_MASK;
  const frame = hist.flags & INSN_F_FRAMENO_MASK;
  if (!bt.hasSlot(frame, spi)) return 0;
  bt.clearSlot(frame, spi);
  if (classOf(insns.code[idx]) === BPF_STX) bt.setReg(insns.src[idx]);
  return 0;
}

function subprogEnter(env: VerifierEnv, bt: BacktrackState): number {
  if (bt.frame === MAX_CALL_FRAMES - 1) return verifierBug(env, `subprog enter from frame ${bt.frame}`);
  bt.frame++;
  return 0;
}

function subprogExit(env: VerifierEnv, bt: BacktrackState): number {
  if (bt.frame === 0) return verifierBug(env, 'subprog exit from frame 0');
  bt.frame--;
  return 0;
}

/** Backwards over a call of a subprogram: the walk leaves the callee through its entry. */
function backtrackSubprogCall(env: VerifierEnv, idx: number, bt: BacktrackState): number {
  const subprog = env.findSubprog(idx + env.insns.imm[idx] + 1);
  if (subprog < 0) return -EFAULT;
  if (env.subprogs[subprog].linkageGlobal) {
    if (bt.regMask & BPF_REGMASK_ARGS) {
      return verifierBug(env, `global subprog unexpected regs ${(bt.regMask >>> 0).toString(16)}`);
    }
    bt.clearReg(0);
    return 0;
  }
  if (bt.regMask & ~BPF_REGMASK_ARGS) {
    return verifierBug(env, `static subprog unexpected regs ${(bt.regMask >>> 0).toString(16)}`);
  }
  if (!bt.slotsEmpty()) return verifierBug(env, 'static subprog leftover stack slots');
  for (let i = 1; i <= 5; i++) {
    if (!bt.hasReg(i)) continue;
    bt.clearReg(i);
    bt.setReg(i, bt.frame - 1);
  }
  return subprogExit(env, bt);
}

function backtrackCallbackCall(env: VerifierEnv, bt: BacktrackState): number {
  if (bt.regMask & ~BPF_REGMASK_ARGS) {
    return verifierBug(env, `callback unexpected regs ${(bt.regMask >>> 0).toString(16)}`);
  }
  if (!bt.slotsEmpty()) return verifierBug(env, 'callback leftover stack slots');
  for (let i = 1; i <= 5; i++) bt.clearReg(i);
  return subprogExit(env, bt);
}

function backtrackHelperCall(env: VerifierEnv, idx: number, subseqIdx: number, bt: BacktrackState): number {
  const { insns } = env;
  if (insns.src[idx] === BPF_PSEUDO_KFUNC_CALL && insns.imm[idx] === 0) return -ENOTSUPP;
  bt.clearReg(0);
  if (bt.regMask & BPF_REGMASK_ARGS) {
    return verifierBug(env, `backtracking call unexpected regs ${(bt.regMask >>> 0).toString(16)}`);
  }
  const isTailCall = insns.src[idx] === 0 && insns.imm[idx] === BPF_FUNC_tail_call;
  return isTailCall && subseqIdx - idx !== 1 ? subprogEnter(env, bt) : 0;
}

/** Backwards over an exit: the walk enters the callee from its end. */
function backtrackExit(env: VerifierEnv, subseqIdx: number, bt: BacktrackState): number {
  if (subseqIdx >= 0 && env.aux.callsCallback[subseqIdx]) {
    for (let i = 1; i <= 5; i++) bt.clearReg(i);
  }
  if (bt.regMask & BPF_REGMASK_ARGS) {
    return verifierBug(env, `backtracking exit unexpected regs ${(bt.regMask >>> 0).toString(16)}`);
  }
  const r0Precise = subseqIdx - 1 >= 0 && isPseudoCall(env.insns, subseqIdx - 1) && bt.hasReg(0);
  bt.clearReg(0);
  const err = subprogEnter(env, bt);
  if (err) return err;
  if (r0Precise) bt.setReg(0);
  return 0;
}

/** What a handler of a jump says when the linked registers must not be synchronised once more. */
const DONE = 1;

function backtrackJump(
  env: VerifierEnv,
  idx: number,
  subseqIdx: number,
  hist: JmpHistoryEntry | null,
  bt: BacktrackState,
): number {
  const { insns } = env;
  const op = opOf(insns.code[idx]);
  if (isPseudoCall(insns, idx)) return backtrackSubprogCall(env, idx, bt) || DONE;
  if (isSyncCallbackCall(env, idx) && idx !== subseqIdx - 1) return backtrackCallbackCall(env, bt) || DONE;
  if (op === BPF_CALL) return backtrackHelperCall(env, idx, subseqIdx, bt);
  if (op === BPF_EXIT) return backtrackExit(env, subseqIdx, bt) || DONE;
  if (srcOf(insns.code[idx]) !== BPF_X) return 0;
  const dreg = insns.dst[idx];
  const sreg = insns.src[idx];
  if (!bt.hasReg(dreg) && !bt.hasReg(sreg)) return DONE;
  const flags = hist === null ? 0 : hist.flags;
  if ((flags & INSN_F_SRC_REG_STACK) === 0) bt.setReg(sreg);
  if ((flags & INSN_F_DST_REG_STACK) === 0) bt.setReg(dreg);
  return 0;
}

function backtrackLd(insns: BpfInsns, idx: number, bt: BacktrackState): number {
  if (!bt.hasReg(insns.dst[idx])) return 0;
  bt.clearReg(insns.dst[idx]);
  const mode = modeOf(insns.code[idx]);
  return mode === BPF_IND || mode === BPF_ABS ? -ENOTSUPP : 0;
}

/**
 * Undoes one instruction in the sets of `bt`: what must be precise after it, turned into what must be precise
 * before it (backtrack_insn(), Linux 6.18). `subseqIdx` is the instruction that was undone before this one.
 */
export function backtrackInsn(
  env: VerifierEnv,
  idx: number,
  subseqIdx: number,
  hist: JmpHistoryEntry | null,
  bt: BacktrackState,
): number {
  const { insns } = env;
  const code = insns.code[idx];
  if (code === 0) return 0;
  if (env.log.level & BPF_LOG_LEVEL2) logInsn(env, idx, bt);
  syncLinkedRegs(bt, hist);
  const cls = classOf(code);
  let err = 0;
  if (cls === BPF_ALU || cls === BPF_ALU64) backtrackAlu(insns, idx, bt);
  else if (cls === BPF_LDX || isAtomicLoad(insns, idx)) backtrackLoad(insns, idx, hist, bt);
  else if (cls === BPF_STX || cls === BPF_ST) err = backtrackStore(insns, idx, hist, bt);
  else if (cls === BPF_JMP || cls === BPF_JMP32) err = backtrackJump(env, idx, subseqIdx, hist, bt);
  else if (cls === BPF_LD) err = backtrackLd(insns, idx, bt);
  if (err === DONE) return 0;
  if (err) return err;
  syncLinkedRegs(bt, hist);
  return 0;
}
