import { BPF_RES_SPIN_LOCK, BPF_SPIN_LOCK, fieldOffset, hasField } from '../../platform/btf-record.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import { recordOfReg } from '../state/records.ts';
import type { Reg } from '../state/reg.ts';
import { isNonOwningRef, PTR_TO_MAP_VALUE } from '../state/reg-type.ts';
import { REF_TYPE_LOCK, REF_TYPE_RES_LOCK, REF_TYPE_RES_LOCK_IRQ } from '../state/state.ts';
import { acquireLock, findLock, lockOwner, releaseLock } from './refs.ts';
import { forEachReg, markRegUnknown, valLo, varOffConst } from './regs.ts';

export interface LockUse {
  readonly lock: boolean;
  /** bpf_res_spin_lock, not bpf_spin_lock. */
  readonly res: boolean;
  readonly irq: boolean;
}

/** invalidate_non_owning_refs(): what a lock guarded may go away. */
export function invalidateNonOwningRefs(env: VerifierEnv): void {
  forEachReg(env.cur, (reg) => {
    if (isNonOwningRef(reg.type)) markRegUnknown(reg);
  });
}

function refTypeOf(use: LockUse): number {
  if (!use.res) return REF_TYPE_LOCK;
  return use.irq ? REF_TYPE_RES_LOCK_IRQ : REF_TYPE_RES_LOCK;
}

function take(env: VerifierEnv, reg: Reg, use: LockUse): number {
  const { cur } = env;
  const owner = lockOwner(reg);
  if (cur.activeLocks > 0 && !use.res && findLock(cur, REF_TYPE_LOCK, 0, 0) !== null) {
    return reject(env, EINVAL, 'Locking two bpf_spin_locks are not allowed\n');
  }
  const resTypes = REF_TYPE_RES_LOCK | REF_TYPE_RES_LOCK_IRQ;
  if (use.res && cur.activeLocks > 0 && findLock(cur, resTypes, reg.id, owner) !== null) {
    return reject(env, EINVAL, 'Acquiring the same lock again, AA deadlock detected\n');
  }
  acquireLock(env, refTypeOf(use), reg.id, owner);
  return 0;
}

function give(env: VerifierEnv, reg: Reg, use: LockUse, name: string): number {
  const { cur } = env;
  const owner = lockOwner(reg);
  const type = refTypeOf(use);
  if (cur.activeLocks === 0) return reject(env, EINVAL, '%s_unlock without taking a lock\n', name);
  if (findLock(cur, type, reg.id, owner) === null) {
    return reject(env, EINVAL, '%s_unlock of different lock\n', name);
  }
  if (reg.id !== cur.activeLockId || owner !== cur.activeLockOwner) {
    return reject(env, EINVAL, '%s_unlock cannot be out of order\n', name);
  }
  if (releaseLock(cur, type, reg.id, owner)) {
    return reject(env, EINVAL, '%s_unlock of different lock\n', name);
  }
  invalidateNonOwningRefs(env);
  return 0;
}

/** process_spin_lock(), Linux 6.18: a lock in a map value or an allocated object is taken or given back. */
export function processSpinLock(env: VerifierEnv, regno: number, use: LockUse): number {
  const reg = env.reg(regno);
  const name = use.res ? 'bpf_res_spin' : 'bpf_spin';
  if (!varOffConst(reg)) {
    return reject(
      env,
      EINVAL,
      "R%d doesn't have constant offset. %s_lock has to be at the constant offset\n",
      regno,
      name,
    );
  }
  const map = reg.type === PTR_TO_MAP_VALUE ? env.maps[reg.map] : null;
  if (map !== null && map.btf === null) {
    return reject(env, EINVAL, "map '%s' has to have BTF in order to use %s_lock\n", map.name, name);
  }
  const record = recordOfReg(env, reg);
  const field = use.res ? BPF_RES_SPIN_LOCK : BPF_SPIN_LOCK;
  if (!hasField(record, field)) {
    const what = map === null ? 'local' : 'map';
    return reject(env, EINVAL, "%s '%s' has no valid %s_lock\n", what, map?.name ?? 'kptr', name);
  }
  const at = fieldOffset(record, field) ?? 0;
  const off = valLo(reg) + reg.off;
  if (at !== off) {
    return reject(env, EINVAL, "off %lld doesn't point to 'struct %s_lock' that is at %d\n", off, name, at);
  }
  return use.lock ? take(env, reg, use) : give(env, reg, use, name);
}
