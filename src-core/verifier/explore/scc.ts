import { reject, verbose } from '../log/verbose.ts';
import { BPF_LOG_LEVEL2, type SccVisit, type VerifierEnv } from '../state/env.ts';
import { EFAULT } from '../state/errno.ts';
import type { ExploredState, VerifierState } from '../state/state.ts';
import { findSccVisit, formatCallchain, sccCallchain } from './callchain.ts';
import { markAllScalarsPrecise, propagatePrecision } from './precision.ts';

const MAX_BACKEDGE_ITERS = 64;

export function updatePeakStates(env: VerifierEnv): void {
  const states = env.exploredStatesSize + env.freeListSize + env.numBackedges;
  if (states > env.peakStates) env.peakStates = states;
}

/** A state was saved: if it is the first of this path inside a loop, the loop is entered (maybe_enter_scc()). */
export function maybeEnterScc(env: VerifierEnv, st: VerifierState): void {
  const chain = sccCallchain(env, st);
  if (chain === null) return;
  let visit = findSccVisit(env, chain);
  if (visit === null) {
    visit = { callsites: chain.callsites, scc: chain.scc, entryState: null, backedges: [] };
    (env.sccInfo[chain.scc] ??= []).push(visit);
  }
  if (visit.entryState !== null) return;
  visit.entryState = st;
  if (env.log.level & BPF_LOG_LEVEL2) verbose(env, 'SCC enter %s\n', formatCallchain(chain));
}

/** All paths from `st` are walked: if it entered the loop, the loop's backedges are settled (maybe_exit_scc()). */
function maybeExitScc(env: VerifierEnv, st: VerifierState): number {
  const chain = sccCallchain(env, st);
  if (chain === null) return 0;
  const visit = findSccVisit(env, chain);
  if (visit === null) {
    if (st.speculative) return 0;
    return reject(
      env,
      EFAULT,
      'verifier bug: scc exit: no visit info for call chain %s\n',
      formatCallchain(chain),
    );
  }
  if (visit.entryState !== st) return 0;
  if (env.log.level & BPF_LOG_LEVEL2) verbose(env, 'SCC exit %s\n', formatCallchain(chain));
  visit.entryState = null;
  env.numBackedges -= visit.backedges.length;
  updatePeakStates(env);
  return propagateBackedges(env, visit);
}

/** The path ended in a state equal to `st` of the same loop (add_scc_backedge()). */
export function addSccBackedge(env: VerifierEnv, st: VerifierState, backedge: VerifierState): number {
  const chain = sccCallchain(env, st);
  if (chain === null) {
    return reject(
      env,
      EFAULT,
      'verifier bug: add backedge: no SCC in verification path, insn_idx %d\n',
      st.insnIdx,
    );
  }
  const visit = findSccVisit(env, chain);
  if (visit === null) {
    return reject(
      env,
      EFAULT,
      'verifier bug: add backedge: no visit info for call chain %s\n',
      formatCallchain(chain),
    );
  }
  if (env.log.level & BPF_LOG_LEVEL2) verbose(env, 'SCC backedge %s\n', formatCallchain(chain));
  visit.backedges.push(backedge);
  env.numBackedges++;
  updatePeakStates(env);
  return 0;
}

/** The loop that `st` stands in has paths whose marks are not yet carried round (incomplete_read_marks()). */
export function incompleteReadMarks(env: VerifierEnv, st: VerifierState): boolean {
  const chain = sccCallchain(env, st);
  if (chain === null) return false;
  const visit = findSccVisit(env, chain);
  return visit !== null && visit.backedges.length !== 0;
}

/** Carries precision round the loop until nothing changes (propagate_backedges(), Linux 6.18). */
function propagateBackedges(env: VerifierEnv, visit: SccVisit): number {
  const out = { changed: true };
  for (let i = 0; out.changed; i++) {
    if (i >= MAX_BACKEDGE_ITERS) {
      if (env.log.level & BPF_LOG_LEVEL2) verbose(env, '%s: too many iterations\n', 'propagate_backedges');
      for (let k = visit.backedges.length - 1; k >= 0; k--) markAllScalarsPrecise(env, visit.backedges[k]);
      break;
    }
    out.changed = false;
    for (let k = visit.backedges.length - 1; k >= 0; k--) {
      const st = visit.backedges[k];
      if (st.equalState === null) continue;
      const err = propagatePrecision(env, st.equalState, st, out);
      if (err) return err;
    }
  }
  visit.backedges = [];
  return 0;
}

/** Forgets a saved state that nobody compares with any more (maybe_free_verifier_state()). */
export function maybeFreeState(env: VerifierEnv, sl: ExploredState): void {
  if (!sl.inFreeList || sl.state.branches !== 0 || incompleteReadMarks(env, sl.state)) return;
  sl.state.frames.length = 0;
  sl.state.jmpHistory.length = 0;
  env.freeListSize--;
}

/** A path ended: its parents have one branch less to wait for (update_branch_counts()). */
export function updateBranchCounts(env: VerifierEnv, from: VerifierState): number {
  let sl: ExploredState | null = null;
  for (let st: VerifierState | null = from; st !== null; ) {
    st.branches--;
    if (st.branches !== 0) break;
    const err = maybeExitScc(env, st);
    if (err) return err;
    const parent: VerifierState | null = st.parent;
    const parentSl: ExploredState | null = parent === null ? null : parent.owner;
    if (sl !== null) maybeFreeState(env, sl);
    st = parent;
    sl = parentSl;
  }
  return 0;
}
