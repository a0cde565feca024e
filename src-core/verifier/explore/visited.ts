import { BPF_JCOND, BPF_JMP, BPF_MAY_GOTO } from '../../isa/opcodes.ts';
import { VAL_LO } from '../domain/layout.ts';
import { printVerifierState } from '../log/state.ts';
import { blame, verbose, verboseLinfo } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import { STACK_ITER } from '../state/reg-type.ts';
import type { ExploredState, VerifierState } from '../state/state.ts';
import { cleanLiveStates } from './clean.ts';
import { EXACT, NOT_EXACT, RANGE_WITHIN, statesEqual, statesMaybeLooping } from './equal.ts';
import { pushJmpHistory } from './history.ts';
import { markAllScalarsImprecise, propagatePrecision } from './precision.ts';
import {
  addSccBackedge,
  incompleteReadMarks,
  maybeEnterScc,
  maybeFreeState,
  updatePeakStates,
} from './scc.ts';
import { exploredStates } from './table.ts';

/** Longer jump histories force a new saved state. */
const MAX_JMP_HISTORY = 40;

function isMayGoto(env: VerifierEnv, idx: number): boolean {
  return env.insns.code[idx] === (BPF_JMP | BPF_JCOND) && env.insns.src[idx] === BPF_MAY_GOTO;
}

type Match = 'hit' | 'loop-hit' | 'callback-hit' | 'infinite-loop' | 'miss' | 'loop-miss';

const BPF_ITER_STATE_ACTIVE = 1;

/** The iterator that r1 points to may still have elements. */
function isIterActive(cur: VerifierState): boolean {
  const reg = cur.reg(1);
  const spi = Math.trunc((-(reg.off + reg.a[reg.o + VAL_LO]) - 1) / 8);
  return cur.frames[reg.frameno].slot(spi).iterState === BPF_ITER_STATE_ACTIVE;
}

/** iter_active_depths_differ(): some iterator stepped since. */
function iterDepthsDiffer(old: VerifierState, cur: VerifierState): boolean {
  for (let fr = old.curframe; fr >= 0; fr--) {
    const frame = old.frames[fr];
    for (let i = 0; i < frame.slots; i++) {
      const slot = frame.slot(i);
      if (slot.slotType(0) !== STACK_ITER || slot.iterState !== BPF_ITER_STATE_ACTIVE) continue;
      if (cur.frames[fr].slot(i).iterDepth !== slot.iterDepth) return true;
    }
  }
  return false;
}

/** Compares with a saved state that some path still runs through: meeting it again means a loop. */
function compareOpen(env: VerifierEnv, insnIdx: number, sl: ExploredState, cur: VerifierState): Match {
  const old = sl.state;
  const frame = old.frames[old.curframe];
  if (frame.inAsyncCallbackFn && frame.asyncEntryCnt !== cur.func.asyncEntryCnt) return 'loop-miss';
  if (env.aux.isIterNext[insnIdx] !== 0) {
    const same = statesEqual(env, old, cur, RANGE_WITHIN);
    return same && isIterActive(cur) ? 'loop-hit' : 'loop-miss';
  }
  if (
    isMayGoto(env, insnIdx) &&
    old.mayGotoDepth !== cur.mayGotoDepth &&
    statesEqual(env, old, cur, RANGE_WITHIN)
  ) {
    return 'loop-hit';
  }
  if (env.aux.callsCallback[insnIdx])
    return statesEqual(env, old, cur, RANGE_WITHIN) ? 'callback-hit' : 'loop-miss';
  if (
    statesMaybeLooping(old, cur) &&
    statesEqual(env, old, cur, EXACT) &&
    !iterDepthsDiffer(old, cur) &&
    old.mayGotoDepth === cur.mayGotoDepth &&
    old.callbackUnrollDepth === cur.callbackUnrollDepth
  ) {
    return 'infinite-loop';
  }
  return 'loop-miss';
}

/** Compares with a saved state whose paths are all walked; `loop` when its marks are still incomplete. */
function compareDone(env: VerifierEnv, sl: ExploredState, cur: VerifierState, loop: boolean): Match {
  if (!statesEqual(env, sl.state, cur, loop ? RANGE_WITHIN : NOT_EXACT)) return 'miss';
  return loop ? 'loop-hit' : 'hit';
}

function reportInfiniteLoop(
  env: VerifierEnv,
  insnIdx: number,
  old: VerifierState,
  cur: VerifierState,
): number {
  verboseLinfo(env, insnIdx, '; ');
  blame(env, 'infinite loop detected at insn %d\n', insnIdx);
  // Without a log, the sentence is what is kept, not the heading of a state that is not printed.
  if (env.log.level === 0) return -EINVAL;
  verbose(env, 'cur state:');
  printVerifierState(env, cur, cur.curframe, true);
  verbose(env, 'old state:');
  printVerifierState(env, old, cur.curframe, true);
  return -EINVAL;
}

/** The rest of the path is covered by `sl`: hand its precision marks to this path. */
function takeHit(env: VerifierEnv, insnIdx: number, sl: ExploredState, loop: boolean): number {
  const { cur } = env;
  sl.hitCnt++;
  if (env.aux.jmpPoint[env.insnIdx]) pushJmpHistory(env, cur, 0, null);
  const err = propagatePrecision(env, sl.state, cur, { changed: false });
  if (err) return err;
  env.options.onEvent?.({
    kind: 'prune',
    visit: env.insnProcessed,
    insn: insnIdx,
    byVisit: sl.state.visit,
  });
  if (!loop) return 1;
  const backedge = cur.clone();
  backedge.equalState = sl.state;
  backedge.insnIdx = insnIdx;
  return addSccBackedge(env, sl.state, backedge) || 1;
}

function evict(env: VerifierEnv, list: ExploredState[], i: number): void {
  const sl = list[i];
  sl.inFreeList = true;
  list.splice(i, 1);
  env.freeListSize++;
  env.exploredStatesSize--;
  maybeFreeState(env, sl);
}

function saveState(env: VerifierEnv, insnIdx: number): void {
  const { cur } = env;
  env.totalStates++;
  env.exploredStatesSize++;
  updatePeakStates(env);
  env.prevJmpsProcessed = env.jmpsProcessed;
  env.prevInsnProcessed = env.insnProcessed;
  markAllScalarsImprecise(cur);
  const state = cur.saved();
  const sl: ExploredState = { state, missCnt: 0, hitCnt: 0, inFreeList: false };
  state.owner = sl;
  state.insnIdx = insnIdx;
  state.visit = env.insnProcessed;
  maybeEnterScc(env, state);
  cur.parent = state;
  cur.firstInsnIdx = insnIdx;
  cur.dfsDepth = state.dfsDepth + 1;
  cur.jmpHistory = [];
  exploredStates(env, insnIdx).push(sl);
  env.options.onEvent?.({ kind: 'state-saved', visit: env.insnProcessed, insn: insnIdx });
}

/**
 * At a prune point: 1 when a saved state covers the current one, a negative errno when the path can be no good,
 * else 0 after saving the current state if that looks worth it (is_state_visited(), Linux 6.18).
 */
export function isStateVisited(env: VerifierEnv, insnIdx: number): number {
  const { cur } = env;
  const forced = env.aux.forceCheckpoint[insnIdx] !== 0;
  const forceNew = env.testStateFreq || forced || cur.jmpHistory.length > MAX_JMP_HISTORY;
  const jmps = env.jmpsProcessed - env.prevJmpsProcessed;
  const insns = env.insnProcessed - env.prevInsnProcessed;
  let addNew = forceNew || (jmps >= 2 && insns >= 8);
  cleanLiveStates(env, insnIdx, cur);
  const list = exploredStates(env, insnIdx);
  const statesCnt = list.length;
  let loop = false;
  for (let i = statesCnt - 1; i >= 0; i--) {
    const sl = list[i];
    if (sl.state.insnIdx !== insnIdx) continue;
    let match: Match;
    if (sl.state.branches !== 0) {
      match = compareOpen(env, insnIdx, sl, cur);
    } else {
      loop = incompleteReadMarks(env, sl.state);
      match = compareDone(env, sl, cur, loop);
    }
    if (match === 'infinite-loop') return reportInfiniteLoop(env, insnIdx, sl.state, cur);
    // A callback's hit takes over `loop` from the state compared before, as the kernel does.
    if (match === 'callback-hit') match = loop ? 'loop-hit' : 'hit';
    if (match === 'hit' || match === 'loop-hit') return takeHit(env, insnIdx, sl, match === 'loop-hit');
    if (match === 'loop-miss' && !forceNew && jmps < 20 && insns < 100) addNew = false;
    if (addNew) sl.missCnt++;
    const n = forced && sl.state.branches > 0 ? 64 : 3;
    if (sl.missCnt > sl.hitCnt * n + n) evict(env, list, i);
  }
  if (statesCnt > env.maxStatesPerInsn) env.maxStatesPerInsn = statesCnt;
  if (addNew) saveState(env, insnIdx);
  return 0;
}
