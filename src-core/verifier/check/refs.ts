import { blame, reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import { REF_TYPE_PTR, type VerifierState } from '../state/state.ts';
import { forEachReg, markRegUnknown } from './regs.ts';

/** A helper returned something that must be given back (acquire_reference()); the new id. */
export function acquireReference(env: VerifierEnv, insnIdx: number): number {
  const id = env.newId();
  env.cur.refs.push({ type: REF_TYPE_PTR, id, insnIdx, owner: 0 });
  return id;
}

/** release_reference_nomark() */
export function releaseReferenceNoMark(st: VerifierState, refObjId: number): number {
  const i = st.refs.findIndex((r) => r.type === REF_TYPE_PTR && r.id === refObjId);
  if (i < 0) return -EINVAL;
  st.refs.splice(i, 1);
  return 0;
}

/** The reference is given back: its copies become unknown scalars (release_reference()). */
export function releaseReference(env: VerifierEnv, refObjId: number): number {
  const err = releaseReferenceNoMark(env.cur, refObjId);
  if (err) return err;
  forEachReg(env.cur, (reg) => {
    if (reg.refObjId === refObjId) markRegUnknown(reg);
  });
  return 0;
}

/** References that would be lost here (check_resource_leak(), Linux 6.18). */
export function checkResourceLeak(env: VerifierEnv, prefix: string): number {
  if (env.func.frameno !== 0) return 0;
  let lingering = false;
  for (const ref of env.cur.refs) {
    if (ref.type !== REF_TYPE_PTR) continue;
    blame(env, 'Unreleased reference id=%d alloc_insn=%d\n', ref.id, ref.insnIdx);
    lingering = true;
  }
  if (!lingering) return 0;
  return reject(env, EINVAL, '%s would lead to reference leak\n', prefix);
}
