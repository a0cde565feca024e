import type { VerifierEnv } from '../state/env.ts';
import type { ExploredState } from '../state/state.ts';

/**
 * The saved states that share a bucket with instruction `idx` of the current call site, oldest first
 * (explored_state()). The bucket may hold states of other instructions; they count in the statistics.
 */
export function exploredStates(env: VerifierEnv, idx: number): ExploredState[] {
  const bucket = ((idx ^ env.func.callsite) >>> 0) % env.insns.length;
  return (env.explored[bucket] ??= []);
}
