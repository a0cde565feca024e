import { BPF_REG_FP } from '../../isa/opcodes.ts';
import { printVerifierState } from '../log/state.ts';
import { reject, verbose } from '../log/verbose.ts';
import { BPF_LOG_LEVEL2, type VerifierEnv } from '../state/env.ts';
import { EFAULT, ENOTSUPP } from '../state/errno.ts';
import type { Frame } from '../state/frame.ts';
import { SCALAR_VALUE, STACK_SPILL } from '../state/reg-type.ts';
import type { VerifierState } from '../state/state.ts';
import { backtrackInsn } from './backtrack-insn.ts';
import { histEntry } from './history.ts';
import { fmtRegMask, fmtStackMask } from './masks.ts';

const BPF_REGMASK_ARGS = 0x3e;
const BPF_MAIN_FUNC = -1;
/** get_prev_insn_idx() when the state has no more instructions. */
const NO_PREV = -0x7fff_ffff;

/** Set by a run of markChainPrecisionFrom that marked something not marked before. */
export interface Changed {
  changed: boolean;
}

/** The big hammer of backtracking: every scalar of every parent (mark_all_scalars_precise()). */
export function markAllScalarsPrecise(env: VerifierEnv, from: VerifierState): void {
  const log = (env.log.level & BPF_LOG_LEVEL2) !== 0;
  if (log) {
    verbose(env, 'mark_precise: frame%d: falling back to forcing all scalars precise\n', from.curframe);
  }
  for (let st = from.parent; st !== null; st = st.parent) {
    for (let i = 0; i <= st.curframe; i++) {
      const func = st.frames[i];
      for (let j = 0; j < BPF_REG_FP; j++) {
        const reg = func.reg(j);
        if (reg.type !== SCALAR_VALUE || reg.precise) continue;
        reg.precise = true;
        if (log) verbose(env, 'force_precise: frame%d: forcing r%d to be precise\n', i, j);
      }
      for (let j = 0; j < func.slots; j++) {
        const reg = func.slot(j);
        if (reg.slotType(7) !== STACK_SPILL || reg.type !== SCALAR_VALUE || reg.precise) continue;
        reg.precise = true;
        if (log) verbose(env, 'force_precise: frame%d: forcing fp%d to be precise\n', i, -(j + 1) * 8);
      }
    }
  }
}

/** Forgets the marks that a state inherited, before it is saved (mark_all_scalars_imprecise()). */
export function markAllScalarsImprecise(st: VerifierState): void {
  for (let i = 0; i <= st.curframe; i++) {
    const func = st.frames[i];
    for (let j = 0; j < BPF_REG_FP; j++) {
      const reg = func.reg(j);
      if (reg.type === SCALAR_VALUE) reg.precise = false;
    }
    for (let j = 0; j < func.slots; j++) {
      const reg = func.slot(j);
      if (reg.slotType(7) === STACK_SPILL && reg.type === SCALAR_VALUE) reg.precise = false;
    }
  }
}

function prevInsnIdx(st: VerifierState, i: number, cursor: { history: number }): number {
  const cnt = cursor.history;
  if (i === st.firstInsnIdx && (cnt === 0 || (cnt === 1 && st.jmpHistory[0].idx === i))) return NO_PREV;
  if (cnt !== 0 && st.jmpHistory[cnt - 1].idx === i) {
    cursor.history--;
    return st.jmpHistory[cnt - 1].prevIdx;
  }
  return i - 1;
}

function verifierBug(env: VerifierEnv, text: string): number {
  return reject(env, EFAULT, 'verifier bug: %s\n', text);
}

/** The walk came back to the entry of a global function: its arguments become precise. */
function markEntryArgs(env: VerifierEnv, st: VerifierState, out: Changed): number {
  const { bt } = env;
  const frame = st.frames[0];
  const atGlobalEntry = st.curframe === 0 && frame.subprogno > 0 && frame.callsite === BPF_MAIN_FUNC;
  if (!atGlobalEntry || !bt.slotsEmpty() || (bt.regMask & ~BPF_REGMASK_ARGS) !== 0) {
    return verifierBug(
      env,
      `backtracking func entry subprog ${frame.subprogno} reg_mask ${(bt.regMask >>> 0).toString(16)} stack_mask 0`,
    );
  }
  for (let i = 1; i <= 5; i++) {
    if (!bt.hasReg(i)) continue;
    bt.clearReg(i);
    const reg = frame.reg(i);
    if (reg.type !== SCALAR_VALUE) continue;
    reg.precise = true;
    out.changed = true;
  }
  return 0;
}

/** Marks in a parent what `bt` wants of frame `fr`; what was precise already needs no further search. */
function markParentFrame(env: VerifierEnv, func: Frame, fr: number, out: Changed): number {
  const { bt } = env;
  const regs = bt.regs[fr];
  for (let i = 0; regs >>> i !== 0; i++) {
    if (((regs >>> i) & 1) === 0) continue;
    const reg = func.reg(i);
    if (reg.type !== SCALAR_VALUE || reg.precise) bt.clearReg(i, fr);
    else out.changed = reg.precise = true;
  }
  if (bt.slotsEmpty(fr)) return 0;
  for (let i = 0; i < 64; i++) {
    if (!bt.hasSlot(fr, i)) continue;
    if (i >= func.slots) {
      return reject(
        env,
        EFAULT,
        'verifier bug: stack slot %d, total slots %d (i >= func->allocated_stack / BPF_REG_SIZE)\n',
        i,
        func.slots,
      );
    }
    const slot = func.slot(i);
    if (slot.slotType(7) !== STACK_SPILL || slot.type !== SCALAR_VALUE || slot.precise) bt.clearSlot(fr, i);
    else out.changed = slot.precise = true;
  }
  return 0;
}

/** Undoes the instructions of one state. `done` when nothing is left to look for. */
function backtrackState(
  env: VerifierEnv,
  start: VerifierState,
  st: VerifierState,
  walk: { subseqIdx: number; lastIdx: number; skipFirst: boolean },
): 'done' | 'more' | number {
  const { bt } = env;
  const cursor = { history: st.jmpHistory.length };
  for (let i = walk.lastIdx; ; ) {
    let err = 0;
    if (walk.skipFirst) walk.skipFirst = false;
    else err = backtrackInsn(env, i, walk.subseqIdx, histEntry(st, cursor.history, i), bt);
    if (err === -ENOTSUPP) {
      markAllScalarsPrecise(env, start);
      bt.reset();
      return 'done';
    }
    if (err) return err;
    if (bt.isEmpty()) return 'done';
    walk.subseqIdx = i;
    i = prevInsnIdx(st, i, cursor);
    if (i === NO_PREV) return 'more';
    if (i < 0 || i >= env.insns.length) return verifierBug(env, `backtracking idx ${i}`);
  }
}

function logParent(env: VerifierEnv, st: VerifierState, fr: number): void {
  const { bt } = env;
  verbose(env, 'mark_precise: frame%d: parent state regs=%s ', fr, fmtRegMask(bt.regs[fr]));
  verbose(env, 'stack=%s: ', fmtStackMask(bt.slotsLo[fr], bt.slotsHi[fr]));
  printVerifierState(env, st, fr, true);
}

/**
 * Backtracks from `start` over its instructions and its parents, and marks what the value of register `regno`
 * (or, when negative, what `env.bt` already names) was computed from (__mark_chain_precision(), Linux 6.18).
 */
export function markChainPrecisionFrom(
  env: VerifierEnv,
  start: VerifierState,
  regno: number,
  out: Changed,
): number {
  const { bt } = env;
  const log = (env.log.level & BPF_LOG_LEVEL2) !== 0;
  let st: VerifierState = start;
  let firstIdx = st.firstInsnIdx;
  bt.frame = start.curframe;
  if (regno >= 0) {
    if (st.frames[bt.frame].reg(regno).type !== SCALAR_VALUE) return verifierBug(env, 'backtracking misuse');
    bt.setReg(regno);
  }
  if (bt.isEmpty()) return 0;
  const walk = { subseqIdx: -1, lastIdx: start.insnIdx, skipFirst: true };
  for (;;) {
    if (log) {
      verbose(
        env,
        'mark_precise: frame%d: last_idx %d first_idx %d subseq_idx %d \n',
        bt.frame,
        walk.lastIdx,
        firstIdx,
        walk.subseqIdx,
      );
    }
    if (walk.lastIdx < 0) return markEntryArgs(env, st, out);
    const end = backtrackState(env, start, st, walk);
    if (end === 'done') return 0;
    if (end !== 'more') return end;
    if (st.parent === null) break;
    st = st.parent;
    for (let fr = bt.frame; fr >= 0; fr--) {
      const err = markParentFrame(env, st.frames[fr], fr, out);
      if (err) return err;
      if (log) logParent(env, st, fr);
    }
    if (env.options.onEvent !== null) emitPrecise(env, st);
    if (bt.isEmpty()) return 0;
    walk.subseqIdx = firstIdx;
    walk.lastIdx = st.lastInsnIdx;
    firstIdx = st.firstInsnIdx;
  }
  markAllScalarsPrecise(env, start);
  bt.reset();
  return 0;
}

function emitPrecise(env: VerifierEnv, st: VerifierState): void {
  const { bt } = env;
  const slots = (bt.slotsLo[bt.frame] >>> 0) + (bt.slotsHi[bt.frame] >>> 0) * 0x1_0000_0000;
  env.options.onEvent?.({ kind: 'precise', visit: st.visit, insn: st.insnIdx, regs: bt.regMask, slots });
}

const ignored: Changed = { changed: false };

/** Register `regno` of the current frame is used where its exact value matters (mark_chain_precision()). */
export function markChainPrecision(env: VerifierEnv, regno: number): number {
  return markChainPrecisionFrom(env, env.cur, regno, ignored);
}

/** As mark_chain_precision_batch(): registers and slots are in `env.bt` already. */
export function markChainPrecisionBatch(env: VerifierEnv, start: VerifierState): number {
  return markChainPrecisionFrom(env, start, -1, ignored);
}

/** Marks of an equal saved state become marks of the current path (propagate_precision()). */
export function propagatePrecision(
  env: VerifierEnv,
  old: VerifierState,
  cur: VerifierState,
  out: Changed,
): number {
  const log = (env.log.level & BPF_LOG_LEVEL2) !== 0;
  for (let fr = old.curframe; fr >= 0; fr--) {
    const state = old.frames[fr];
    let first = true;
    for (let i = 0; i < BPF_REG_FP; i++) {
      const reg = state.reg(i);
      if (reg.type !== SCALAR_VALUE || !reg.precise) continue;
      if (log && first) verbose(env, 'frame %d: propagating r%d', fr, i);
      else if (log) verbose(env, ',r%d', i);
      env.bt.setReg(i, fr);
      first = false;
    }
    for (let i = 0; i < state.slots; i++) {
      const reg = state.slot(i);
      if (reg.slotType(7) !== STACK_SPILL || reg.type !== SCALAR_VALUE || !reg.precise) continue;
      if (log && first) verbose(env, 'frame %d: propagating fp%d', fr, (-i - 1) * 8);
      else if (log) verbose(env, ',fp%d', (-i - 1) * 8);
      env.bt.setSlot(fr, i);
      first = false;
    }
    if (!first) verbose(env, '\n');
  }
  return markChainPrecisionFrom(env, cur, -1, out);
}
