import type { Btf } from '../../btf/btf.ts';
import { KF_ITER_DESTROY, KF_ITER_NEW, KF_ITER_NEXT, KF_RCU_PROTECTED } from '../../platform/kfuncs.ts';
import { sameCallsites } from '../explore/clean.ts';
import { findPrevEntry, widenImpreciseScalars } from '../explore/widen.ts';
import { pushStack } from '../explore/worklist.ts';
import { iterTypeStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { E2BIG, EFAULT, EINVAL, EPROTO, ERANGE } from '../state/errno.ts';
import { BPF_REG_SIZE } from '../state/frame.ts';
import type { Reg } from '../state/reg.ts';
import { MEM_RCU, PTR_TO_STACK, PTR_UNTRUSTED, STACK_ITER } from '../state/reg-type.ts';
import type { KfuncSignature } from '../state/signature.ts';
import type { VerifierState } from '../state/state.ts';
import { inRcuCs } from './context.ts';
import { writeObjectMemory } from './helper-mem.ts';
import type { KfuncMeta } from './kfunc/meta.ts';
import { acquireReference, releaseReference } from './refs.ts';
import { funcOf, markPtrNotNullReg, markRegConstZero, markRegKnownZero } from './regs.ts';
import {
  fillSlot,
  forgetSlot,
  isSlotOf,
  noteSlotsRead,
  noteSlotsWritten,
  stackObjectSpi,
} from './stack-object.ts';

/** Iterators that a program steps itself: bpf_iter_<type>_new(), _next() and _destroy(). */

/** `enum bpf_iter_state` */
export const BPF_ITER_STATE_ACTIVE = 1;
export const BPF_ITER_STATE_DRAINED = 2;

/** Pointee of parameter `arg`, without modifiers, or null when it is no pointer. */
function pointeeOf(btf: Btf, typeId: number): number | null {
  const t = btf.typeById(btf.skipModsAndTypedefs(typeId));
  return t.kind === 'ptr' ? btf.skipModsAndTypedefs(t.type) : null;
}

/** is_kfunc_arg_iter(): the first argument of an iterator's kfunc, and any argument that `__iter` names. */
export function isIterArg(sig: KfuncSignature, arg: number): boolean {
  const flags = sig.flags ?? 0;
  if (arg === 0 && (flags & (KF_ITER_NEW | KF_ITER_NEXT | KF_ITER_DESTROY)) !== 0) return true;
  return sig.proto.params[arg].name.endsWith('__iter');
}

/** is_iter_reg_valid_uninit() */
function isUninit(env: VerifierEnv, reg: Reg, nrSlots: number): boolean {
  const spi = stackObjectSpi(env, reg, 'iter', nrSlots);
  if (spi === -ERANGE) return true;
  if (spi < 0) return false;
  const frame = funcOf(env, reg);
  for (let i = 0; i < nrSlots; i++) {
    for (let j = 0; j < BPF_REG_SIZE; j++) if (frame.slot(spi - i).slotType(j) === STACK_ITER) return false;
  }
  return true;
}

interface IterType {
  /** BTF word of registers, and the id of `struct bpf_iter_<type>`. */
  readonly btf: number;
  readonly btfId: number;
  readonly nrSlots: number;
}

/** is_iter_reg_valid_init(): 0, -EINVAL, or -EPROTO for an iterator whose RCU section is over. */
function checkInit(env: VerifierEnv, reg: Reg, type: IterType): number {
  const spi = stackObjectSpi(env, reg, 'iter', type.nrSlots);
  if (spi < 0) return -EINVAL;
  const frame = funcOf(env, reg);
  for (let i = 0; i < type.nrSlots; i++) {
    const st = frame.slot(spi - i);
    if (st.type & PTR_UNTRUSTED) return -EPROTO;
    if ((i === 0) !== (st.refObjId !== 0)) return -EINVAL;
    if (st.btf !== type.btf || st.btfId !== type.btfId) return -EINVAL;
    if (!isSlotOf(frame, spi - i, STACK_ITER)) return -EINVAL;
  }
  return 0;
}

/** mark_stack_slots_iter() */
function markSlots(env: VerifierEnv, sig: KfuncSignature, reg: Reg, type: IterType): number {
  const spi = stackObjectSpi(env, reg, 'iter', type.nrSlots);
  if (spi < 0) return spi;
  const id = acquireReference(env, env.insnIdx);
  const frame = funcOf(env, reg);
  const isRcu = ((sig.flags ?? 0) & KF_RCU_PROTECTED) !== 0;
  for (let i = 0; i < type.nrSlots; i++) {
    const st = frame.slot(spi - i);
    markRegKnownZero(st);
    st.type = PTR_TO_STACK;
    if (isRcu) st.type |= inRcuCs(env) ? MEM_RCU : PTR_UNTRUSTED;
    st.refObjId = i === 0 ? id : 0;
    st.btf = type.btf;
    st.btfId = type.btfId;
    st.iterState = BPF_ITER_STATE_ACTIVE;
    st.iterDepth = 0;
    fillSlot(frame, spi - i, STACK_ITER);
    env.markSlotScratched(spi - i);
  }
  noteSlotsWritten(env, frame, spi, type.nrSlots);
  return 0;
}

/** unmark_stack_slots_iter() */
function unmarkSlots(env: VerifierEnv, reg: Reg, spi: number, nrSlots: number): void {
  const frame = funcOf(env, reg);
  for (let i = 0; i < nrSlots; i++) {
    if (i === 0) releaseReference(env, frame.slot(spi).refObjId);
    forgetSlot(frame, spi - i);
    env.markSlotScratched(spi - i);
  }
  noteSlotsWritten(env, frame, spi, nrSlots);
}

function iterTypeOf(sig: KfuncSignature, arg: number): IterType | null {
  const btfId = pointeeOf(sig.btf, sig.proto.params[arg].type);
  const t = btfId === null ? null : sig.btf.typeById(btfId);
  if (btfId === null || t?.kind !== 'struct' || !t.name.startsWith('bpf_iter_')) return null;
  if (t.size === 0 || t.size % BPF_REG_SIZE !== 0) return null;
  return { btf: sig.btfWord, btfId, nrSlots: t.size / BPF_REG_SIZE };
}

/** process_iter_arg(), Linux 6.18: the iterator of argument register `regno`. */
export function processIterArg(env: VerifierEnv, regno: number, meta: KfuncMeta): number {
  const { sig } = meta;
  const reg = env.reg(regno);
  const arg = regno - 1;
  if (reg.type !== PTR_TO_STACK) {
    return reject(env, EINVAL, 'arg#%d expected pointer to an iterator on stack\n', arg);
  }
  const type = iterTypeOf(sig, arg);
  if (type === null) return reject(env, EINVAL, 'expected valid iter pointer as arg #%d\n', arg);
  if (((sig.flags ?? 0) & KF_ITER_NEW) !== 0) {
    if (!isUninit(env, reg, type.nrSlots)) {
      const name = iterTypeStr(sig.btf, type.btfId);
      return reject(env, EINVAL, 'expected uninitialized iter_%s as arg #%d\n', name, arg);
    }
    return (
      writeObjectMemory(env, regno, type.nrSlots * BPF_REG_SIZE) || markSlots(env, sig, env.reg(regno), type)
    );
  }
  return stepIter(env, regno, type, meta);
}

function stepIter(env: VerifierEnv, regno: number, type: IterType, meta: KfuncMeta): number {
  const { sig } = meta;
  const reg = env.reg(regno);
  const init = checkInit(env, reg, type);
  if (init === -EPROTO) return reject(env, EPROTO, 'expected an RCU CS when using %s\n', sig.name);
  if (init) {
    const name = iterTypeStr(sig.btf, type.btfId);
    return reject(env, EINVAL, 'expected an initialized iter_%s as arg #%d\n', name, regno - 1);
  }
  const spi = stackObjectSpi(env, reg, 'iter', type.nrSlots);
  if (spi < 0) return spi;
  const err = noteSlotsRead(env, reg.frameno, spi, type.nrSlots);
  if (err) return err;
  meta.iter = { spi, frameno: reg.frameno };
  meta.refObjId = funcOf(env, reg).slot(spi).refObjId;
  if (((sig.flags ?? 0) & KF_ITER_DESTROY) !== 0) unmarkSlots(env, reg, spi, type.nrSlots);
  return 0;
}

/** get_iter_from_state() */
export function iterOf(st: VerifierState, meta: KfuncMeta): Reg {
  const { spi, frameno } = meta.iter ?? { spi: 0, frameno: 0 };
  return st.frames[frameno].slot(spi);
}

/**
 * process_iter_next_call(), Linux 6.18: the path goes on with the iterator drained, and one with another element is
 * kept for later.
 */
export function processIterNextCall(env: VerifierEnv, insnIdx: number, meta: KfuncMeta): number {
  const { cur } = env;
  const iter = iterOf(cur, meta);
  if (iter.iterState === BPF_ITER_STATE_ACTIVE) {
    const { parent } = cur;
    if (parent === null || parent.insnIdx !== insnIdx || !sameCallsites(parent, cur)) {
      return reject(env, EFAULT, 'verifier bug: bad parent state for iter next call\n');
    }
    const prev = findPrevEntry(env, parent, insnIdx);
    const queued = pushStack(env, insnIdx + 1, insnIdx, false);
    if (queued === null) return -E2BIG;
    const next = iterOf(queued, meta);
    next.iterState = BPF_ITER_STATE_ACTIVE;
    next.iterDepth++;
    if (prev !== null) widenImpreciseScalars(env, prev, queued);
    markPtrNotNullReg(env, queued.reg(0));
  }
  iter.iterState = BPF_ITER_STATE_DRAINED;
  markRegConstZero(env.reg(0));
  return 0;
}
