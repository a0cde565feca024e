import { MAX_BPF_REG } from '../../isa/opcodes.ts';
import { markRegUnknown } from '../domain/reg.ts';
import type { VerifierEnv } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';
import { R_PRECISE, R_SLOT_LO, R_TYPE } from '../state/reg.ts';
import { SCALAR_VALUE, STACK_SPILL } from '../state/reg-type.ts';
import type { VerifierState } from '../state/state.ts';
import { sameCallsites } from './clean.ts';
import { regsExact, resetIdMap } from './equal.ts';
import { exploredStates } from './table.ts';

/** The newest saved state of `insnIdx` that the current path ran through (find_prev_entry()). */
export function findPrevEntry(env: VerifierEnv, cur: VerifierState, insnIdx: number): VerifierState | null {
  const list = exploredStates(env, insnIdx);
  for (let i = list.length - 1; i >= 0; i--) {
    const st = list[i].state;
    if (st.insnIdx !== insnIdx || st.branches === 0 || !sameCallsites(st, cur)) continue;
    if (st.dfsDepth < cur.dfsDepth) return st;
  }
  return null;
}

function maybeWidenReg(env: VerifierEnv, old: Reg, cur: Reg): void {
  if (old.type !== SCALAR_VALUE || cur.type !== SCALAR_VALUE || old.precise || cur.precise) return;
  if (regsExact(old.a, old.o, cur.a, cur.o, env.idmap)) return;
  cur.a.fill(0, cur.o + R_TYPE, cur.o + R_SLOT_LO);
  cur.a[cur.o + R_TYPE] = SCALAR_VALUE;
  cur.a[cur.o + R_PRECISE] = 0;
  markRegUnknown(cur.a, cur.o);
}

/** Scalars that changed over an iteration and need not be precise become unknown (widen_imprecise_scalars()). */
export function widenImpreciseScalars(env: VerifierEnv, old: VerifierState, cur: VerifierState): void {
  resetIdMap(env);
  for (let fr = old.curframe; fr >= 0; fr--) {
    const fold = old.frames[fr];
    const fcur = cur.frames[fr];
    for (let i = 0; i < MAX_BPF_REG; i++) maybeWidenReg(env, fold.reg(i), fcur.reg(i));
    for (let i = 0; i < Math.min(fold.slots, fcur.slots); i++) {
      const a = fold.slot(i);
      const b = fcur.slot(i);
      if (a.slotType(7) === STACK_SPILL && b.slotType(7) === STACK_SPILL) maybeWidenReg(env, a, b);
    }
  }
}
