import type { BtfType } from '../../../btf/types.ts';
import {
  BPF_REFCOUNT,
  BPF_TASK_WORK,
  BPF_WORKQUEUE,
  fieldOffset,
  hasField,
} from '../../../platform/btf-record.ts';
import { ARG, FLAG } from '../../../platform/func-proto.ts';
import { KF_RCU, KF_RELEASE } from '../../../platform/kfuncs.ts';
import { BPF_ATTACH_TYPE, BPF_PROG_TYPE } from '../../../uapi/prog-types.ts';
import { assertNever } from '../../../util/assert-never.ts';
import { InputError } from '../../../util/input-error.ts';
import { markChainPrecision } from '../../explore/precision.ts';
import { regTypeStr } from '../../log/state.ts';
import { blame, reject } from '../../log/verbose.ts';
import type { VerifierEnv } from '../../state/env.ts';
import { EACCES, EFAULT, EINVAL } from '../../state/errno.ts';
import { recordOfMap, recordOfReg } from '../../state/records.ts';
import type { Reg } from '../../state/reg.ts';
import {
  CONST_PTR_TO_DYNPTR,
  CONST_PTR_TO_MAP,
  isAllocObj,
  isNonOwningRef,
  MEM_ALLOC,
  MEM_PERCPU,
  PTR_TO_BTF_ID,
  PTR_TO_CTX,
  PTR_TO_FUNC,
  PTR_TO_MAP_VALUE,
  PTR_TO_STACK,
  SCALAR_VALUE,
  typeMayBeNull,
} from '../../state/reg-type.ts';
import { checkFuncArgRegOff } from '../arg-types.ts';
import { processDynptr } from '../dynptr.ts';
import { dynptrOf, dynptrTypeFlag, isRefcountedDynptr } from '../dynptr-slot.ts';
import { constStrArg } from '../helper-args.ts';
import { checkKfuncMemSizeReg, checkMemReg } from '../helper-mem.ts';
import { processIrqFlag } from '../irq.ts';
import { processIterArg } from '../iter.ts';
import { processSpinLock } from '../lock.ts';
import { checkMapField } from '../map-field.ts';
import { isRcuReg, isTrustedReg, registerIsNull, valHi, valLo, varOffConst } from '../regs.ts';
import { type KfuncArgKind, kfuncArgKind } from './arg-kind.ts';
import { processBtfArg } from './btf-arg.ts';
import { processGraphRoot, processListNode, processTreeNode } from './graph.ts';
import type { KfuncMeta } from './meta.ts';
import { hasSuffix, isScalarType, isSizeOf, kindText, skipMods } from './param.ts';

const MAX_BPF_FUNC_REG_ARGS = 5;
const U32_MAX = 0xffff_ffff;

const flagsOf = (meta: KfuncMeta): number => meta.sig.flags ?? 0;
const isRelease = (meta: KfuncMeta): boolean => (flagsOf(meta) & KF_RELEASE) !== 0;
const isRcu = (meta: KfuncMeta): boolean => (flagsOf(meta) & KF_RCU) !== 0;

function setConstant(env: VerifierEnv, meta: KfuncMeta, regno: number): number {
  const reg = env.reg(regno);
  if (meta.constant !== null) {
    return reject(env, EFAULT, 'verifier bug: only one constant argument permitted\n');
  }
  if (!varOffConst(reg)) return reject(env, EINVAL, 'R%d must be a known constant\n', regno);
  meta.constant = { lo: valLo(reg), hi: valHi(reg) };
  return 0;
}

/** The size of the buffer that the kfunc returns. */
function bufSizeArg(env: VerifierEnv, meta: KfuncMeta, regno: number): number {
  const reg = env.reg(regno);
  if (meta.r0Size !== 0) {
    return reject(env, EINVAL, '2 or more rdonly/rdwr_buf_size parameters for kfunc');
  }
  if (!varOffConst(reg)) return reject(env, EINVAL, 'R%d is not a const\n', regno);
  const size = (valHi(reg) >>> 0) * 0x1_0000_0000 + (valLo(reg) >>> 0);
  if (size > U32_MAX) {
    return reject(env, EINVAL, 'R%d rdonly/rdwr_buf_size exceeds u32 max\n', regno);
  }
  meta.r0Size = size;
  return markChainPrecision(env, regno);
}

function scalarArg(env: VerifierEnv, meta: KfuncMeta, arg: number): number {
  const { sig } = meta;
  const regno = arg + 1;
  if (env.reg(regno).type !== SCALAR_VALUE) return reject(env, EINVAL, 'R%d is not a scalar\n', regno);
  if (hasSuffix(sig, arg, '__k')) {
    const err = setConstant(env, meta, regno);
    return err || markChainPrecision(env, regno);
  }
  const { name } = sig.proto.params[arg];
  if (name !== 'rdonly_buf_size' && name !== 'rdwr_buf_size') return 0;
  meta.r0Rdonly ||= name === 'rdonly_buf_size';
  return bufSizeArg(env, meta, regno);
}

/** NULL where it must not be, and the reference that the argument carries. */
function checkPointer(env: VerifierEnv, meta: KfuncMeta, arg: number): number {
  const regno = arg + 1;
  const reg = env.reg(regno);
  const mayBeNull = registerIsNull(reg) || typeMayBeNull(reg.type);
  const nullable = hasSuffix(meta.sig, arg, '__nullable') || hasSuffix(meta.sig, arg, '__opt');
  if (mayBeNull && !nullable) {
    return reject(env, EACCES, 'Possibly NULL pointer passed to trusted arg%d\n', arg);
  }
  if (reg.refObjId === 0) return 0;
  if (isRelease(meta) && meta.refObjId !== 0) {
    return reject(
      env,
      EFAULT,
      'verifier bug: more than one arg with ref_obj_id R%d %u %u\n',
      regno,
      reg.refObjId,
      meta.refObjId,
    );
  }
  meta.refObjId = reg.refObjId;
  if (isRelease(meta)) meta.releaseRegno = regno;
  return 0;
}

/** The map of a `__map` argument; the workqueue or task work before it must lie in it. */
function noteMap(env: VerifierEnv, meta: KfuncMeta, regno: number): number {
  const reg = env.reg(regno);
  // As in the kernel's union: whatever the register's first word means.
  if (reg.map < 0) return reject(env, EINVAL, "pointer in R%d isn't map pointer\n", regno);
  const isMap = reg.type === CONST_PTR_TO_MAP || reg.type === PTR_TO_MAP_VALUE;
  const record = isMap ? recordOfMap(env, env.maps[reg.map]) : null;
  const differs = meta.map !== reg.map || meta.mapUid !== reg.mapUid;
  if (meta.map >= 0 && differs && hasField(record, BPF_WORKQUEUE | BPF_TASK_WORK)) {
    const fmt =
      fieldOffset(record, BPF_TASK_WORK) === null
        ? "workqueue pointer in R1 map_uid=%d doesn't match map pointer in R2 map_uid=%d\n"
        : "bpf_task_work pointer in R2 map_uid=%d doesn't match map pointer in R3 map_uid=%d\n";
    return reject(env, EINVAL, fmt, meta.mapUid, reg.mapUid);
  }
  meta.map = reg.map;
  meta.mapUid = reg.mapUid;
  return 0;
}

/** The reference kernel wants trusted pointers of every kfunc, KF_TRUSTED_ARGS or not. */
function checkTrust(env: VerifierEnv, meta: KfuncMeta, regno: number): number {
  const reg = env.reg(regno);
  if (isTrustedReg(reg)) return 0;
  if (!isRcu(meta)) return reject(env, EINVAL, 'R%d must be referenced or trusted\n', regno);
  return isRcuReg(reg) ? 0 : reject(env, EINVAL, 'R%d must be a rcu pointer\n', regno);
}

const ARG_TYPE: Partial<Record<KfuncArgKind, number>> = { dynptr: ARG.ARG_PTR_TO_DYNPTR };

function ctxArg(env: VerifierEnv, meta: KfuncMeta, arg: number): number {
  const reg = env.reg(arg + 1);
  if (reg.type !== PTR_TO_CTX) {
    return reject(env, EINVAL, 'arg#%d expected pointer to ctx, but got %s\n', arg, regTypeStr(reg.type));
  }
  if (meta.sig.role !== 'cast_to_kern_ctx') return 0;
  const id = kernelCtxId(env);
  if (id < 0) return -EINVAL;
  meta.retBtfId = id;
  return 0;
}

/** get_kern_ctx_btf_id(): the kernel's own structure behind the context, by `struct bpf_ctx_convert`. */
function kernelCtxId(env: VerifierEnv): number {
  const btf = env.vmlinux;
  const convert = btf?.findByName('bpf_ctx_convert', 'struct') ?? null;
  const t = btf === null || convert === null ? null : btf.typeById(convert);
  const type = Object.entries(BPF_PROG_TYPE).find(([, n]) => n === env.prog.type)?.[0] ?? '';
  const wanted = `BPF_PROG_TYPE_${type.toUpperCase()}_kern`;
  const member = t?.kind === 'struct' ? t.members.find((m) => m.name === wanted) : undefined;
  if (btf === null || member === undefined) return -EINVAL;
  if (btf.kindOf(member.type) === 'struct') return member.type;
  return reject(env, EINVAL, 'kern ctx type id %u is not a struct\n', member.type);
}

function allocArg(env: VerifierEnv, meta: KfuncMeta, arg: number): number {
  const reg = env.reg(arg + 1);
  const object = PTR_TO_BTF_ID | MEM_ALLOC;
  if (reg.type === object) {
    if (meta.sig.role !== 'obj_drop') {
      return reject(env, EINVAL, 'arg#%d expected for bpf_obj_drop_impl()\n', arg);
    }
  } else if (reg.type === (object | MEM_PERCPU)) {
    if (meta.sig.role !== 'percpu_obj_drop') {
      return reject(env, EINVAL, 'arg#%d expected for bpf_percpu_obj_drop_impl()\n', arg);
    }
  } else {
    return reject(env, EINVAL, 'arg#%d expected pointer to allocated object\n', arg);
  }
  if (reg.refObjId === 0) return reject(env, EINVAL, 'allocated object must be referenced\n');
  meta.argBtf = reg.btf;
  meta.argBtfId = reg.btfId;
  return 0;
}

const DYNPTR_OF_ROLE: Readonly<Record<string, number>> = {
  dynptr_from_skb: FLAG.DYNPTR_TYPE_SKB,
  dynptr_from_xdp: FLAG.DYNPTR_TYPE_XDP,
  dynptr_from_skb_meta: FLAG.DYNPTR_TYPE_SKB_META,
};

function dynptrArg(env: VerifierEnv, meta: KfuncMeta, arg: number): number {
  const regno = arg + 1;
  const { sig } = meta;
  let argType: number = ARG.ARG_PTR_TO_DYNPTR;
  let cloneRefObjId = 0;
  if (env.reg(regno).type === CONST_PTR_TO_DYNPTR) argType |= FLAG.MEM_RDONLY;
  const uninit = hasSuffix(sig, arg, '__uninit');
  if (uninit) argType |= FLAG.MEM_UNINIT;
  argType |= DYNPTR_OF_ROLE[sig.role] ?? 0;
  if (sig.role === 'dynptr_clone' && uninit) {
    const parent = meta.dynptr;
    if (parent === null) {
      return reject(env, EFAULT, 'verifier bug: no dynptr type for parent of clone\n');
    }
    argType |= dynptrTypeFlag(parent.type);
    cloneRefObjId = parent.refObjId;
    if (isRefcountedDynptr(parent.type) && cloneRefObjId === 0) {
      return reject(env, EFAULT, 'verifier bug: missing ref obj id for parent of clone\n');
    }
  }
  const err = processDynptr(env, regno, argType, cloneRefObjId);
  if (err || uninit) return err;
  const reg = dynptrOf(env, env.reg(regno));
  if (reg === null) return reject(env, EFAULT, 'verifier bug: failed to obtain dynptr id\n');
  meta.dynptr = { id: reg.id, type: reg.dynptrType, refObjId: reg.refObjId };
  return 0;
}

/** check_css_task_iter_allowlist() */
function cssTaskIterAllowed(env: VerifierEnv): boolean {
  if (env.prog.type === BPF_PROG_TYPE.lsm) return true;
  const isIter =
    env.prog.type === BPF_PROG_TYPE.tracing && env.prog.attachType === BPF_ATTACH_TYPE.trace_iter;
  return isIter || env.cur.inSleepable;
}

function iterArg(env: VerifierEnv, meta: KfuncMeta, regno: number): number {
  if (meta.sig.role === 'iter_css_task_new' && !cssTaskIterAllowed(env)) {
    return reject(env, EINVAL, 'css_task_iter is only allowed in bpf_lsm, bpf_iter and sleepable progs\n');
  }
  return processIterArg(env, regno, meta);
}

function memArg(env: VerifierEnv, meta: KfuncMeta, arg: number, pointee: BtfType): number {
  let size: number;
  try {
    size = meta.sig.btf.resolveSize(pointee.id);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return reject(
      env,
      EINVAL,
      "arg#%d reference type('%s %s') size cannot be determined: %d\n",
      arg,
      kindText(pointee),
      pointee.name,
      -EINVAL,
    );
  }
  return checkMemReg(env, arg + 1, size);
}

function memSizeArg(env: VerifierEnv, meta: KfuncMeta, arg: number): number {
  const regno = arg + 1;
  if (!registerIsNull(env.reg(regno)) || !hasSuffix(meta.sig, arg, '__opt')) {
    const err = checkKfuncMemSizeReg(env, regno + 1);
    if (err < 0) {
      blame(env, 'arg#%d arg#%d memory, len pair leads to invalid memory access\n', arg, arg + 1);
      return err;
    }
  }
  if (!isSizeOf(meta.sig, arg + 1, env.reg(regno + 1), '__szk')) return 0;
  return setConstant(env, meta, regno + 1);
}

function refcountedArg(env: VerifierEnv, meta: KfuncMeta, arg: number): number {
  const reg = env.reg(arg + 1);
  if (!isAllocObj(reg.type)) {
    return reject(env, EINVAL, 'arg#%d is neither owning or non-owning ref\n', arg);
  }
  if (!isNonOwningRef(reg.type) && reg.refObjId !== 0) meta.argOwningRef = true;
  const record = recordOfReg(env, reg);
  if (record === null) return reject(env, EFAULT, "verifier bug: Couldn't find btf_record\n");
  if (!hasField(record, BPF_REFCOUNT)) {
    return reject(env, EINVAL, "arg#%d doesn't point to a type with bpf_refcount field\n", arg);
  }
  meta.argBtf = reg.btf;
  meta.argBtfId = reg.btfId;
  return 0;
}

function mapFieldArg(env: VerifierEnv, meta: KfuncMeta, arg: number, field: number): number {
  if (env.reg(arg + 1).type !== PTR_TO_MAP_VALUE) {
    return reject(env, EINVAL, "arg#%d doesn't point to a map value\n", arg);
  }
  return checkMapField(env, arg + 1, field, meta);
}

function irqFlagArg(env: VerifierEnv, meta: KfuncMeta, regno: number): number {
  const { role } = meta.sig;
  if (env.reg(regno).type !== PTR_TO_STACK) {
    return reject(env, EINVAL, "arg#%d doesn't point to an irq flag on stack\n", regno - 1);
  }
  return processIrqFlag(env, regno, {
    save: role === 'irq_save' || role === 'res_spin_lock_irqsave',
    lock: role === 'res_spin_lock_irqsave' || role === 'res_spin_unlock_irqrestore',
  });
}

function resSpinLockArg(env: VerifierEnv, meta: KfuncMeta, arg: number): number {
  const reg = env.reg(arg + 1);
  const { role } = meta.sig;
  if (reg.type !== PTR_TO_MAP_VALUE && reg.type !== (PTR_TO_BTF_ID | MEM_ALLOC)) {
    return reject(env, EINVAL, "arg#%d doesn't point to map value or allocated object\n", arg);
  }
  return processSpinLock(env, arg + 1, {
    res: true,
    lock: role === 'res_spin_lock' || role === 'res_spin_lock_irqsave',
    irq: role === 'res_spin_lock_irqsave' || role === 'res_spin_unlock_irqrestore',
  });
}

function callbackArg(env: VerifierEnv, meta: KfuncMeta, arg: number): number {
  const reg = env.reg(arg + 1);
  if (reg.type !== PTR_TO_FUNC) return reject(env, EINVAL, 'arg%d expected pointer to func\n', arg);
  meta.subprogno = reg.subprogno;
  return 0;
}

function mapStruct(env: VerifierEnv): { type: BtfType; id: number } | null {
  const btf = env.vmlinux;
  const id = btf?.findByName('bpf_map', 'struct') ?? null;
  return btf === null || id === null ? null : { type: btf.typeById(id), id };
}

function pointerArg(env: VerifierEnv, meta: KfuncMeta, arg: number, kind: KfuncArgKind, t: BtfType): number {
  const regno = arg + 1;
  switch (kind) {
    case 'null':
      return 0;
    case 'ctx':
      return ctxArg(env, meta, arg);
    case 'alloc':
      return allocArg(env, meta, arg);
    case 'dynptr':
      return dynptrArg(env, meta, arg);
    case 'iter':
      return iterArg(env, meta, regno);
    case 'list_head':
    case 'rb_root':
      return processGraphRoot(env, regno, meta, kind === 'rb_root');
    case 'list_node':
      return processListNode(env, regno, meta);
    case 'rb_node':
      return processTreeNode(env, regno, meta);
    case 'map': {
      const want = mapStruct(env);
      if (want === null) return reject(env, EFAULT, 'verifier bug: no BTF of struct bpf_map\n');
      return processBtfArg(env, arg, meta, want);
    }
    case 'btf_id':
      return processBtfArg(env, arg, meta, { type: t, id: t.id });
    case 'mem':
      return memArg(env, meta, arg, t);
    case 'mem_size':
      return memSizeArg(env, meta, arg);
    case 'callback':
      return callbackArg(env, meta, arg);
    case 'refcounted':
      return refcountedArg(env, meta, arg);
    case 'const_str':
      if (env.reg(regno).type === PTR_TO_MAP_VALUE) return constStrArg(env, regno, env.reg(regno));
      return reject(env, EINVAL, "arg#%d doesn't point to a const string\n", arg);
    case 'wq':
      return mapFieldArg(env, meta, arg, BPF_WORKQUEUE);
    case 'task_work':
      return mapFieldArg(env, meta, arg, BPF_TASK_WORK);
    case 'irq_flag':
      return irqFlagArg(env, meta, regno);
    case 'res_spin_lock':
      return resSpinLockArg(env, meta, arg);
    default:
      return assertNever(kind);
  }
}

/** A pointer parameter; 1 when it took the size behind it along, 0, or a negative errno. */
function checkPointerArg(env: VerifierEnv, meta: KfuncMeta, arg: number, typeId: number): number {
  const { sig } = meta;
  const regno = arg + 1;
  const pointeeId = sig.btf.skipModsAndTypedefs(typeId);
  const pointee = sig.btf.typeById(pointeeId);
  let err = checkPointer(env, meta, arg);
  if (err) return err;
  const kind = kfuncArgKind(env, meta, arg, pointee, typeId);
  if (typeof kind === 'number') return kind;
  if (kind === 'null') return 0;
  if (kind === 'map') err = noteMap(env, meta, regno);
  if (!err && (kind === 'map' || kind === 'alloc' || kind === 'btf_id')) err = checkTrust(env, meta, regno);
  if (err) return err;
  const reg: Reg = env.reg(regno);
  const release = isRelease(meta) && reg.refObjId !== 0 ? FLAG.OBJ_RELEASE : 0;
  err = checkFuncArgRegOff(env, reg, regno, (ARG_TYPE[kind] ?? ARG.ARG_DONTCARE) | release);
  if (err < 0) return err;
  err = pointerArg(env, meta, arg, kind, pointee);
  return err < 0 || kind !== 'mem_size' ? err : 1;
}

/** check_kfunc_args(), Linux 6.18: do r1-r5 suit the kfunc's prototype, by its types and its parameters' names? */
export function checkKfuncArgs(env: VerifierEnv, meta: KfuncMeta): number {
  const { sig } = meta;
  const { params } = sig.proto;
  if (params.length > MAX_BPF_FUNC_REG_ARGS) {
    const fmt = 'Function %s has %d > %d args\n';
    return reject(env, EINVAL, fmt, sig.name, params.length, MAX_BPF_FUNC_REG_ARGS);
  }
  for (let arg = 0; arg < params.length; arg++) {
    if (hasSuffix(sig, arg, '__prog') || hasSuffix(sig, arg, '__ign')) continue;
    const t = skipMods(sig.btf, params[arg].type);
    if (isScalarType(t)) {
      const err = scalarArg(env, meta, arg);
      if (err) return err;
    } else if (t.kind === 'ptr') {
      const taken = checkPointerArg(env, meta, arg, t.type);
      if (taken < 0) return taken;
      arg += taken;
    } else {
      return reject(env, EINVAL, 'Unrecognized arg#%d type %s\n', arg, kindText(t));
    }
  }
  if (isRelease(meta) && meta.releaseRegno === 0) {
    return reject(env, EINVAL, 'release kernel function %s expects refcounted PTR_TO_BTF_ID\n', sig.name);
  }
  return 0;
}
