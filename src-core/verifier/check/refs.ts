import { blame, reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EINVAL } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import { PTR_TO_MAP_VALUE } from '../state/reg-type.ts';
import {
  REF_TYPE_IRQ,
  REF_TYPE_LOCK_MASK,
  REF_TYPE_PTR,
  type Reference,
  type VerifierState,
} from '../state/state.ts';
import { forEachReg, markRegUnknown } from './regs.ts';

/** A call returned something that must be given back (acquire_reference()); the new id. */
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

/** What a lock lies in, as a number: a map, or the BTF of an allocated object. */
export const lockOwner = (reg: Reg): number => (reg.type === PTR_TO_MAP_VALUE ? reg.map + 1 : -reg.btf);

/** acquire_lock_state() */
export function acquireLock(env: VerifierEnv, type: number, id: number, owner: number): void {
  const { cur } = env;
  cur.refs.push({ type, id, insnIdx: env.insnIdx, owner });
  cur.activeLocks++;
  cur.activeLockId = id;
  cur.activeLockOwner = owner;
}

/** find_lock_state(): a held lock of one of the types. */
export function findLock(st: VerifierState, types: number, id: number, owner: number): Reference | null {
  return st.refs.find((r) => (r.type & types) !== 0 && r.id === id && r.owner === owner) ?? null;
}

/** release_lock_state(): the lock that was taken before it becomes the innermost. */
export function releaseLock(st: VerifierState, type: number, id: number, owner: number): number {
  let before: Reference | null = null;
  for (let i = 0; i < st.refs.length; i++) {
    const ref = st.refs[i];
    if (ref.type === type && ref.id === id && ref.owner === owner) {
      st.refs.splice(i, 1);
      st.activeLocks--;
      st.activeLockId = before?.id ?? 0;
      st.activeLockOwner = before?.owner ?? 0;
      return 0;
    }
    if ((ref.type & REF_TYPE_LOCK_MASK) !== 0) before = ref;
  }
  return -EINVAL;
}

/** acquire_irq_state(); the new id. */
export function acquireIrq(env: VerifierEnv): number {
  const id = env.newId();
  env.cur.refs.push({ type: REF_TYPE_IRQ, id, insnIdx: env.insnIdx, owner: 0 });
  env.cur.activeIrqId = id;
  return id;
}

/** release_irq_state(): only the innermost can be restored. */
export function releaseIrq(st: VerifierState, id: number): number {
  if (id !== st.activeIrqId) return -EACCES;
  let before = 0;
  for (let i = 0; i < st.refs.length; i++) {
    const ref = st.refs[i];
    if (ref.type !== REF_TYPE_IRQ) continue;
    if (ref.id === id) {
      st.refs.splice(i, 1);
      st.activeIrqId = before;
      return 0;
    }
    before = ref.id;
  }
  return -EINVAL;
}

/** check_reference_leak() */
function checkReferenceLeak(env: VerifierEnv, exceptionExit: boolean): number {
  if (!exceptionExit && env.func.frameno !== 0) return 0;
  let lingering = false;
  for (const ref of env.cur.refs) {
    if (ref.type !== REF_TYPE_PTR) continue;
    blame(env, 'Unreleased reference id=%d alloc_insn=%d\n', ref.id, ref.insnIdx);
    lingering = true;
  }
  return lingering ? -EINVAL : 0;
}

/** How a path leaves the program, or the function. */
export interface Leave {
  /** By bpf_throw(), which unwinds all frames. */
  readonly exception: boolean;
  /** Locks and regions must be left as well: not so where a subprogram returns. */
  readonly checkLock: boolean;
}

/** What would be lost here: references, locks, regions (check_resource_leak(), Linux 6.18). */
export function checkResourceLeak(env: VerifierEnv, leave: Leave, prefix: string): number {
  const { cur } = env;
  if (leave.checkLock && cur.activeLocks > 0) {
    return reject(env, EINVAL, '%s cannot be used inside bpf_spin_lock-ed region\n', prefix);
  }
  const err = checkReferenceLeak(env, leave.exception);
  if (err) {
    blame(env, '%s would lead to reference leak\n', prefix);
    return err;
  }
  if (!leave.checkLock) return 0;
  if (cur.activeIrqId !== 0) {
    return reject(env, EINVAL, '%s cannot be used inside bpf_local_irq_save-ed region\n', prefix);
  }
  if (cur.activeRcuLocks > 0) {
    return reject(env, EINVAL, '%s cannot be used inside bpf_rcu_read_lock-ed region\n', prefix);
  }
  if (cur.activePreemptLocks > 0) {
    return reject(env, EINVAL, '%s cannot be used inside bpf_preempt_disable-ed region\n', prefix);
  }
  return 0;
}
