import type { VerifierEnv } from '../state/env.ts';
import type { JmpHistoryEntry, LinkedReg, VerifierState } from '../state/state.ts';

/** Remembers how the walk came to the current instruction, and what it did there (push_jmp_history(), Linux 6.18). */
export function pushJmpHistory(
  env: VerifierEnv,
  cur: VerifierState,
  flags: number,
  linkedRegs: readonly LinkedReg[] | null,
): number {
  if (env.curHistEnt !== null) {
    env.curHistEnt.flags |= flags;
    env.curHistEnt.linkedRegs = linkedRegs;
    return 0;
  }
  const entry: JmpHistoryEntry = { idx: env.insnIdx, prevIdx: env.prevInsnIdx, flags, linkedRegs };
  cur.jmpHistory.push(entry);
  env.curHistEnt = entry;
  return 0;
}

/** The entry for `insnIdx` if it is the newest of the first `end` entries (get_jmp_hist_entry()). */
export function histEntry(st: VerifierState, end: number, insnIdx: number): JmpHistoryEntry | null {
  if (end === 0) return null;
  const entry = st.jmpHistory[end - 1];
  return entry.idx === insnIdx ? entry : null;
}
