import type { BtfType } from '../../../btf/types.ts';
import { BPF_RES_SPIN_LOCK, BPF_SPIN_LOCK, hasField } from '../../../platform/btf-record.ts';
import { KF_ACQUIRE, KF_ITER_NEXT, KF_RCU_PROTECTED, KF_RET_NULL } from '../../../platform/kfuncs.ts';
import { InputError } from '../../../util/input-error.ts';
import { reject } from '../../log/verbose.ts';
import type { VerifierEnv } from '../../state/env.ts';
import { EFAULT, EINVAL } from '../../state/errno.ts';
import { recordOfReg, recordOfType } from '../../state/records.ts';
import { BTF_PROG, type Reg } from '../../state/reg.ts';
import {
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  MEM_RDONLY,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_MEM,
  PTR_TRUSTED,
  PTR_UNTRUSTED,
} from '../../state/reg-type.ts';
import { dynptrTypeFlag } from '../dynptr-slot.ts';
import { iterOf } from '../iter.ts';
import { acquireReference } from '../refs.ts';
import { mayAccessDirectPktData } from '../regions.ts';
import { markRegConstZero, markRegKnownZero, markRegUnknown } from '../regs.ts';
import { markGraphNode, setNonOwning } from './graph.ts';
import type { KfuncMeta } from './meta.ts';
import { isScalarStruct, isScalarType, isStructType, kindText, skipMods } from './param.ts';

const BPF_GLOBAL_PERCPU_MA_MAX_SIZE = 512;

const flagsOf = (meta: KfuncMeta): number => meta.sig.flags ?? 0;

function setObject(reg: Reg, flags: number, btf: number, btfId: number): void {
  markRegKnownZero(reg);
  reg.type = PTR_TO_BTF_ID | flags;
  reg.btf = btf;
  reg.btfId = btfId;
}

function percpuProblem(env: VerifierEnv, t: BtfType & { size: number }, btfId: number): number {
  if (t.size > BPF_GLOBAL_PERCPU_MA_MAX_SIZE) {
    const fmt = 'bpf_percpu_obj_new type size (%d) is greater than %d\n';
    return reject(env, EINVAL, fmt, t.size, BPF_GLOBAL_PERCPU_MA_MAX_SIZE);
  }
  if (env.btf === null || !isScalarStruct(env, env.btf, t)) {
    return reject(env, EINVAL, 'bpf_percpu_obj_new type ID argument must be of a struct of scalars\n');
  }
  if (recordOfType(env, BTF_PROG, btfId) !== null) {
    return reject(env, EINVAL, 'bpf_percpu_obj_new type ID argument must not contain special fields\n');
  }
  return 0;
}

/** bpf_obj_new() and bpf_percpu_obj_new(): an object of a type of the program's BTF. */
function newObject(env: VerifierEnv, meta: KfuncMeta, percpu: boolean): number {
  const constant = meta.constant ?? { lo: 0, hi: 0 };
  if (constant.hi !== 0) {
    return reject(env, EINVAL, 'local type ID argument must be in range [0, U32_MAX]\n');
  }
  if (env.btf === null) {
    return reject(env, EINVAL, 'bpf_obj_new/bpf_percpu_obj_new requires prog BTF\n');
  }
  const id = constant.lo >>> 0;
  const t = env.btf.has(id) ? env.btf.typeById(id) : null;
  if (t?.kind !== 'struct') {
    return reject(env, EINVAL, 'bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct\n');
  }
  if (percpu) {
    const err = percpuProblem(env, t, id);
    if (err) return err;
  }
  setObject(env.reg(0), MEM_ALLOC | (percpu ? MEM_PERCPU : 0), BTF_PROG, id);
  return 1;
}

function rdonlyCast(env: VerifierEnv, meta: KfuncMeta): number {
  const { sig } = meta;
  const constant = meta.constant ?? { lo: 0, hi: 0 };
  const id = constant.lo >>> 0;
  const t = constant.hi === 0 && sig.btf.has(id) ? sig.btf.typeById(id) : null;
  const r0 = env.reg(0);
  if (t === null) {
    return reject(env, EINVAL, 'Unknown type ID %lld passed to kfunc bpf_rdonly_cast\n', id);
  }
  if (isStructType(t)) {
    setObject(r0, PTR_UNTRUSTED, sig.btfWord, id);
  } else if (t.kind === 'void') {
    markRegKnownZero(r0);
    r0.type = PTR_TO_MEM | MEM_RDONLY | PTR_UNTRUSTED;
    r0.memSize = 0;
  } else {
    return reject(env, EINVAL, 'kfunc bpf_rdonly_cast type ID argument must be of a struct or void\n');
  }
  return 1;
}

function dynptrSlice(env: VerifierEnv, meta: KfuncMeta, rdonly: boolean): number {
  const r0 = env.reg(0);
  const { dynptr, constant } = meta;
  markRegKnownZero(r0);
  if (constant === null) {
    return reject(env, EFAULT, 'verifier bug: bpf_dynptr_slice(_rdwr) no constant size\n');
  }
  r0.memSize = constant.lo;
  r0.type = PTR_TO_MEM | dynptrTypeFlag(dynptr?.type ?? 0);
  if (rdonly) r0.type |= MEM_RDONLY;
  else if (!mayAccessDirectPktData(env, null, true)) {
    return reject(env, EINVAL, 'the prog does not allow writes to packet data\n');
  }
  if (dynptr === null || dynptr.id === 0) return reject(env, EFAULT, 'verifier bug: no dynptr id\n');
  r0.dynptrId = dynptr.id;
  return 1;
}

const NODES: ReadonlySet<string> = new Set(['bpf_list_node', 'bpf_rb_node']);

/** check_special_kfunc(), Linux 6.18: results that the prototype does not tell. 1 when set, 0, or an errno. */
function specialReturn(env: VerifierEnv, meta: KfuncMeta, pointee: BtfType): number {
  const { sig } = meta;
  switch (sig.role) {
    case 'obj_new':
    case 'percpu_obj_new':
      return newObject(env, meta, sig.role === 'percpu_obj_new');
    case 'refcount_acquire':
      setObject(env.reg(0), MEM_ALLOC, meta.argBtf, meta.argBtfId);
      return 1;
    case 'cast_to_kern_ctx':
      setObject(env.reg(0), PTR_TRUSTED, sig.btfWord, meta.retBtfId);
      return 1;
    case 'rdonly_cast':
      return rdonlyCast(env, meta);
    case 'dynptr_slice':
    case 'dynptr_slice_rdwr':
      return dynptrSlice(env, meta, sig.role === 'dynptr_slice');
    default:
      if (!NODES.has(pointee.name) || meta.root?.root == null) return 0;
      markGraphNode(env, env.reg(0), meta.root.root);
      return 1;
  }
}

/** A pointer to a number or an array: memory of that size. */
function memoryReturn(env: VerifierEnv, meta: KfuncMeta, pointee: BtfType): number {
  const { sig } = meta;
  if (meta.r0Size === 0) {
    try {
      meta.r0Size = sig.btf.resolveSize(pointee.id);
      meta.r0Rdonly = true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
  if (meta.r0Size === 0) {
    return reject(
      env,
      EINVAL,
      'kernel function %s returns pointer type %s %s is not supported\n',
      sig.name,
      kindText(pointee),
      pointee.name,
    );
  }
  const r0 = env.reg(0);
  markRegKnownZero(r0);
  r0.type = PTR_TO_MEM | (meta.r0Rdonly ? MEM_RDONLY : 0);
  r0.memSize = meta.r0Size;
  if (meta.refObjId !== 0) r0.refObjId = meta.refObjId;
  if ((flagsOf(meta) & KF_RCU_PROTECTED) !== 0) r0.type |= MEM_RCU;
  return 0;
}

function structReturn(env: VerifierEnv, meta: KfuncMeta, pointeeId: number): void {
  const { sig } = meta;
  const flags = flagsOf(meta);
  let trust = 0;
  if (sig.role === 'get_kmem_cache') trust = PTR_UNTRUSTED;
  else if ((flags & KF_RCU_PROTECTED) !== 0) trust = MEM_RCU;
  if ((flags & KF_ITER_NEXT) !== 0) trust |= iterOf(env.cur, meta).type & MEM_RCU || PTR_TRUSTED;
  setObject(env.reg(0), trust, sig.btfWord, pointeeId);
}

/** is_kfunc_ret_null() */
const mayReturnNull = (meta: KfuncMeta): boolean =>
  (flagsOf(meta) & KF_RET_NULL) !== 0 && !(meta.sig.role === 'refcount_acquire' && meta.argOwningRef);

function noteOwnership(env: VerifierEnv, meta: KfuncMeta, pointee: BtfType, insnIdx: number): void {
  const r0 = env.reg(0);
  const nullable = mayReturnNull(meta);
  if (nullable) {
    r0.type |= PTR_MAYBE_NULL;
    r0.id = env.newId();
  }
  if ((flagsOf(meta) & KF_ACQUIRE) !== 0) {
    const id = acquireReference(env, insnIdx);
    if (nullable) r0.id = id;
    r0.refObjId = id;
  } else if (NODES.has(pointee.name)) {
    setNonOwning(env, r0);
  }
  if (r0.id === 0 && hasField(recordOfReg(env, r0), BPF_SPIN_LOCK | BPF_RES_SPIN_LOCK)) r0.id = env.newId();
}

function pointerReturn(env: VerifierEnv, meta: KfuncMeta, typeId: number, insnIdx: number): number {
  const { sig } = meta;
  const pointeeId = sig.btf.skipModsAndTypedefs(typeId);
  const pointee = sig.btf.typeById(pointeeId);
  const special = specialReturn(env, meta, pointee);
  if (special < 0) return special;
  if (special === 0) {
    if (pointee.kind === 'void') markRegUnknown(env.reg(0));
    else if (pointee.kind === 'struct') structReturn(env, meta, pointeeId);
    else {
      const err = memoryReturn(env, meta, pointee);
      if (err) return err;
    }
  }
  noteOwnership(env, meta, pointee, insnIdx);
  return 0;
}

const OBJECT_MAKERS: ReadonlySet<string> = new Set(['obj_new', 'percpu_obj_new', 'refcount_acquire']);

/** The return part of check_kfunc_call(), Linux 6.18: r0 by the prototype's return type. */
export function setKfuncReturn(env: VerifierEnv, meta: KfuncMeta, insnIdx: number): number {
  const { sig } = meta;
  const t = skipMods(sig.btf, sig.proto.type);
  const isStructPointer = t.kind === 'ptr' && isStructType(skipMods(sig.btf, t.type));
  if ((flagsOf(meta) & KF_ACQUIRE) !== 0 && !isStructPointer && !OBJECT_MAKERS.has(sig.role)) {
    return reject(env, EINVAL, 'acquire kernel function does not return PTR_TO_BTF_ID\n');
  }
  if (isScalarType(t)) {
    markRegUnknown(env.reg(0));
    const locks = sig.role === 'res_spin_lock' || sig.role === 'res_spin_lock_irqsave';
    if (locks) markRegConstZero(env.reg(0));
    return 0;
  }
  return t.kind === 'ptr' ? pointerReturn(env, meta, t.type, insnIdx) : 0;
}
