import type { SccVisit, VerifierEnv } from '../state/env.ts';
import type { VerifierState } from '../state/state.ts';

/** Where frame `frame` of the state stands (frame_insn_idx()). */
export function frameInsnIdx(st: VerifierState, frame: number): number {
  return frame === st.curframe ? st.insnIdx : st.frames[frame + 1].callsite;
}

/** The call sites that lead to the outermost loop of a state, and the loop (`struct bpf_scc_callchain`). */
export interface SccCallchain {
  readonly callsites: readonly number[];
  readonly scc: number;
}

/** The topmost frame that stands in a loop, or null (compute_scc_callchain(), Linux 6.18). */
export function sccCallchain(env: VerifierEnv, st: VerifierState): SccCallchain | null {
  if (env.sccCnt === 0) return null;
  const callsites: number[] = [];
  for (let i = 0; i <= st.curframe; i++) {
    const at = frameInsnIdx(st, i);
    const scc = env.aux.scc[at];
    if (scc !== 0) return { callsites, scc };
    callsites.push(at);
  }
  return null;
}

export function findSccVisit(env: VerifierEnv, chain: SccCallchain): SccVisit | null {
  const visits = env.sccInfo[chain.scc];
  return visits?.find((v) => sameCallsites(v.callsites, chain.callsites)) ?? null;
}

function sameCallsites(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((site, i) => site === b[i]);
}

/** "(callsite,callsite,scc)" (format_callchain()). */
export function formatCallchain(chain: SccCallchain): string {
  const end = chain.callsites.indexOf(0);
  const sites = end < 0 ? chain.callsites : chain.callsites.slice(0, end);
  return `(${[...sites, chain.scc].join(',')})`;
}
