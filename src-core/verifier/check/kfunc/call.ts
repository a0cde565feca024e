import { KF_DESTRUCTIVE, KF_ITER_NEXT, KF_RCU_PROTECTED, KF_SLEEPABLE } from '../../../platform/kfuncs.ts';
import { regBoundsSync } from '../../domain/bounds.ts';
import { S32_MAX, S32_MIN, SMAX_LO, SMIN_LO } from '../../domain/layout.ts';
import { set64 } from '../../domain/words.ts';
import { pushStack } from '../../explore/worklist.ts';
import { blame, reject } from '../../log/verbose.ts';
import type { VerifierEnv } from '../../state/env.ts';
import { E2BIG, EACCES, EFAULT, EINVAL } from '../../state/errno.ts';
import { MEM_RCU, PTR_MAYBE_NULL, PTR_UNTRUSTED, STACK_ITER, STACK_SPILL } from '../../state/reg-type.ts';
import type { KfuncSignature } from '../../state/signature.ts';
import { pushKfuncCallback } from '../callbacks.ts';
import { inRcuCs, inTreeCallback } from '../context.ts';
import { unmarkStackSlotsDynptr } from '../dynptr-slot.ts';
import { processIterNextCall } from '../iter.ts';
import { releaseReference } from '../refs.ts';
import { clearCallerSavedRegs } from '../reg-arg.ts';
import { clearAllPktPointers, markRegNotInit, markRegUnknown } from '../regs.ts';
import { checkThrowCode } from '../return-code.ts';
import { checkKfuncArgs } from './args.ts';
import { convertOwningNonOwning } from './graph.ts';
import { type KfuncMeta, newKfuncMeta } from './meta.ts';
import { setKfuncReturn } from './returns.ts';

const MAX_ERRNO = 4095;

/** A lock that may fail: the failure is walked later, without the lock and with r0 an errno. */
function forkLockFailure(env: VerifierEnv): number {
  const branch = pushStack(env, env.insnIdx + 1, env.insnIdx, false);
  if (branch === null) {
    return reject(env, E2BIG, 'failed to push state for failed lock acquisition\n');
  }
  for (let i = 0; i <= 5; i++) markRegNotInit(branch.reg(i));
  const r0 = branch.reg(0);
  const { a, o } = r0;
  markRegUnknown(r0);
  set64(a, o + SMIN_LO, -MAX_ERRNO, -1);
  set64(a, o + SMAX_LO, -1, -1);
  a[o + S32_MIN] = -MAX_ERRNO;
  a[o + S32_MAX] = -1;
  regBoundsSync(a, o);
  return 0;
}

/** What can be told before the arguments. */
function checkCallable(env: VerifierEnv, sig: KfuncSignature, flags: number): number {
  if (sig.role === 'res_spin_lock' || sig.role === 'res_spin_lock_irqsave') {
    const err = forkLockFailure(env);
    if (err) return err;
  } else if (sig.role === 'trap') {
    return reject(env, EFAULT, 'unexpected __bpf_trap() due to uninitialized variable?\n');
  }
  if ((flags & KF_DESTRUCTIVE) !== 0 && !env.options.policy.privileged) {
    return reject(env, EACCES, 'destructive kfunc calls require CAP_SYS_BOOT capability\n');
  }
  if ((flags & KF_SLEEPABLE) !== 0 && !env.cur.inSleepable) {
    return reject(env, EACCES, 'program must be sleepable to call sleepable kfunc %s\n', sig.name);
  }
  return 0;
}

/** What an RCU section guarded is no longer known to be there. */
function leaveRcu(env: VerifierEnv): void {
  for (let i = 0; i <= env.cur.curframe; i++) {
    const frame = env.cur.frames[i];
    for (let k = 0; k < 11 + frame.slots; k++) {
      const reg = frame.reg(k);
      const slotType = k < 11 ? STACK_SPILL : reg.slotType(7);
      if ((slotType !== STACK_SPILL && slotType !== STACK_ITER) || (reg.type & MEM_RCU) === 0) continue;
      reg.type = (reg.type & ~(MEM_RCU | PTR_MAYBE_NULL)) | PTR_UNTRUSTED;
    }
  }
}

function checkRcu(env: VerifierEnv, sig: KfuncSignature, sleepable: boolean): number {
  const { cur } = env;
  const lock = sig.role === 'rcu_lock';
  const unlock = sig.role === 'rcu_unlock';
  if (cur.activeRcuLocks > 0) {
    if (inTreeCallback(env) && (lock || unlock)) {
      return reject(env, EACCES, 'Calling bpf_rcu_read_{lock,unlock} in unnecessary rbtree callback\n');
    }
    if (lock) return reject(env, EINVAL, 'nested rcu read lock (kernel function %s)\n', sig.name);
    if (unlock) {
      leaveRcu(env);
      cur.activeRcuLocks = 0;
    } else if (sleepable) {
      return reject(env, EACCES, 'kernel func %s is sleepable within rcu_read_lock region\n', sig.name);
    }
  } else if (lock) {
    cur.activeRcuLocks = 1;
  } else if (unlock) {
    return reject(env, EINVAL, 'unmatched rcu read unlock (kernel function %s)\n', sig.name);
  }
  return 0;
}

function checkPreempt(env: VerifierEnv, sig: KfuncSignature, sleepable: boolean): number {
  const { cur } = env;
  if (sig.role === 'preempt_disable') {
    cur.activePreemptLocks++;
  } else if (sig.role === 'preempt_enable') {
    if (cur.activePreemptLocks === 0) {
      const fmt = 'unmatched attempt to enable preemption (kernel function %s)\n';
      return reject(env, EINVAL, fmt, sig.name);
    }
    cur.activePreemptLocks--;
  } else if (cur.activePreemptLocks > 0 && sleepable) {
    return reject(env, EACCES, 'kernel func %s is sleepable within non-preemptible region\n', sig.name);
  }
  return 0;
}

/** The regions that the kfunc enters or leaves, or must not be called in. */
function checkRegions(env: VerifierEnv, sig: KfuncSignature, flags: number): number {
  const sleepable = (flags & KF_SLEEPABLE) !== 0;
  const err = checkRcu(env, sig, sleepable) || checkPreempt(env, sig, sleepable);
  if (err) return err;
  if (env.cur.activeIrqId !== 0 && sleepable) {
    return reject(env, EACCES, 'kernel func %s is sleepable within IRQ-disabled region\n', sig.name);
  }
  if ((flags & KF_RCU_PROTECTED) !== 0 && !inRcuCs(env)) {
    return reject(env, EACCES, 'kernel func %s requires RCU critical section protection\n', sig.name);
  }
  return 0;
}

function release(env: VerifierEnv, meta: KfuncMeta): number {
  if (meta.releaseRegno === 0) return 0;
  const reg = env.reg(meta.releaseRegno);
  if (meta.dynptr !== null && meta.dynptr.refObjId !== 0) return unmarkStackSlotsDynptr(env, reg);
  const err = releaseReference(env, reg.refObjId);
  if (err) blame(env, 'kfunc %s#%d reference has not been acquired before\n', meta.sig.name, meta.sig.id);
  return err;
}

/** The object in r2 was put into a list or tree: the program keeps pointers that it does not own. */
function handOver(env: VerifierEnv, meta: KfuncMeta): number {
  const { sig } = meta;
  if (sig.role !== 'list_push' && sig.role !== 'rbtree_add') return 0;
  const { refObjId } = env.reg(2);
  let err = convertOwningNonOwning(env, refObjId);
  if (err) {
    blame(env, 'kfunc %s#%d conversion of owning ref to non-owning failed\n', sig.name, sig.id);
    return err;
  }
  err = releaseReference(env, refObjId);
  if (err) blame(env, 'kfunc %s#%d reference has not been acquired before\n', sig.name, sig.id);
  return err;
}

/** check_kfunc_call(), Linux 6.18. */
export function checkKfuncCall(env: VerifierEnv, sig: KfuncSignature): number {
  const { insnIdx } = env;
  const { flags } = sig;
  if (flags === null) {
    return reject(env, EACCES, 'calling kernel function %s is not allowed\n', sig.name);
  }
  env.aux.isIterNext[insnIdx] = (flags & KF_ITER_NEXT) !== 0 ? 1 : 0;
  const meta = newKfuncMeta(sig);
  let err =
    checkCallable(env, sig, flags) || checkKfuncArgs(env, meta) || pushKfuncCallback(env, meta, insnIdx);
  if (err) return err;
  if (sig.role === 'session_cookie') {
    meta.r0Size = 8;
    meta.r0Rdonly = false;
  }
  err = checkRegions(env, sig, flags) || release(env, meta) || handOver(env, meta);
  if (err) return err;
  if (sig.role === 'throw') {
    env.seenException = true;
    if (env.exceptionCallback === null) {
      err = checkThrowCode(env);
      if (err < 0) return err;
    }
  }
  clearCallerSavedRegs(env);
  err = setKfuncReturn(env, meta, insnIdx);
  if (err) return err;
  if (sig.role === 'changes_pkt_data') clearAllPktPointers(env);
  return (flags & KF_ITER_NEXT) !== 0 ? processIterNextCall(env, insnIdx, meta) : 0;
}
