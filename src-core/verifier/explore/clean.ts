import { BPF_REG_FP } from '../../isa/opcodes.ts';
import { markRegUnknown } from '../domain/reg.ts';
import type { VerifierEnv } from '../state/env.ts';
import { Frame } from '../state/frame.ts';
import { R_SLOT_LO, REG_WORDS } from '../state/reg.ts';
import type { VerifierState } from '../state/state.ts';
import { frameInsnIdx } from './callchain.ts';
import { incompleteReadMarks } from './scc.ts';
import { exploredStates } from './table.ts';

/** A register that nothing was written to (__mark_reg_not_init()), slot_type STACK_INVALID. */
const NOT_INIT_WORDS = new Int32Array(REG_WORDS);
markRegUnknown(NOT_INIT_WORDS, 0);

function cleanFrame(env: VerifierEnv, frame: Frame, at: number): void {
  const live = env.aux.liveRegsBefore[at];
  for (let i = 0; i < BPF_REG_FP; i++) {
    if (((live >>> i) & 1) === 0) frame.words.set(NOT_INIT_WORDS.subarray(0, R_SLOT_LO), i * REG_WORDS);
  }
  for (let i = 0; i < frame.slots; i++) {
    if (!env.liveness.slotAlive(frame.frameno, i)) frame.words.set(NOT_INIT_WORDS, Frame.slotOffset(i));
  }
}

/** Registers and slots that nobody reads later are forgotten, so that more states are equal (clean_verifier_state()). */
function cleanState(env: VerifierEnv, st: VerifierState): void {
  env.liveness.queryInit(st);
  st.cleaned = true;
  for (let i = 0; i <= st.curframe; i++) cleanFrame(env, st.frames[i], frameInsnIdx(st, i));
}

export function sameCallsites(a: VerifierState, b: VerifierState): boolean {
  if (a.curframe !== b.curframe) return false;
  for (let fr = a.curframe; fr >= 0; fr--) {
    if (a.frames[fr].callsite !== b.frames[fr].callsite) return false;
  }
  return true;
}

/** Cleans the finished states of instruction `insn` (clean_live_states(), Linux 6.18). */
export function cleanLiveStates(env: VerifierEnv, insn: number, cur: VerifierState): void {
  const list = exploredStates(env, insn);
  for (let i = list.length - 1; i >= 0; i--) {
    const st = list[i].state;
    if (st.branches !== 0 || st.insnIdx !== insn || st.cleaned || !sameCallsites(st, cur)) continue;
    if (!incompleteReadMarks(env, st)) cleanState(env, st);
  }
}
