import { BPF_KPTR_PERCPU, BPF_RES_SPIN_LOCK, BPF_SPIN_LOCK, hasField } from '../../platform/btf-record.ts';
import { funcIdName, HELPER_COUNT } from '../../platform/func-access.ts';
import { ARG, argBase, type FuncProto, RET, retBase } from '../../platform/func-proto.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import { BPF_F_RDONLY_PROG, BPF_MAP_TYPE, helperTakesMap, mapTakesHelper } from '../../platform/map-types.ts';
import { isAllowedIn } from '../../platform/prog/allowed.ts';
import { isAttachedTo } from '../../platform/prog/kinds.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { assertNever } from '../../util/assert-never.ts';
import { InputError } from '../../util/input-error.ts';
import { regBoundsSync } from '../domain/bounds.ts';
import { S32_MAX, S32_MIN, SMAX_LO, SMIN_LO, U32_MAX, U32_MIN, UMAX_LO, UMIN_LO } from '../domain/layout.ts';
import { set64 } from '../domain/words.ts';
import { markChainPrecision } from '../explore/precision.ts';
import { pushStack } from '../explore/worklist.ts';
import { regTypeStr } from '../log/state.ts';
import { blame, reject } from '../log/verbose.ts';
import { isGplCompatible } from '../passes/subprogs.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EFAULT, EINVAL, ENOTSUPP } from '../state/errno.ts';
import { recordOfMap } from '../state/records.ts';
import { BTF_VMLINUX, type Reg } from '../state/reg.ts';
import {
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  MEM_RDONLY,
  NOT_INIT,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_TCP_SOCK,
  typeFlag,
  typeMayBeNull,
} from '../state/reg-type.ts';
import type { HelperSignature } from '../state/signature.ts';
import { argTypeOf } from './arg-types.ts';
import { type CallMeta, newCallMeta } from './call-meta.ts';
import { prepareFuncExit } from './call-subprog.ts';
import { pushHelperCallback } from './callbacks.ts';
import { inRcuCs } from './context.ts';
import {
  BPF_DYNPTR_TYPE_SKB,
  BPF_DYNPTR_TYPE_SKB_META,
  dynptrOf,
  unmarkStackSlotsDynptr,
} from './dynptr-slot.ts';
import { canElideValueNullness, checkFuncArg } from './helper-args.ts';
import { checkMemAccess } from './mem.ts';
import { acquireReference, checkResourceLeak, releaseReference, releaseReferenceNoMark } from './refs.ts';
import { clearCallerSavedRegs } from './reg-arg.ts';
import {
  clearAllPktPointers,
  forEachReg,
  isRegConst,
  markRegKnownZero,
  markRegUnknown,
  registerIsNull,
  valHi,
  valLo,
} from './regs.ts';
import { regBoundsSanityCheck } from './sanity.ts';
import { checkSnprintfFormat } from './snprintf.ts';

/** CPUs of the reference kernel (`nr_cpu_ids`): bounds the result of bpf_get_smp_processor_id(). */
const NR_CPU_IDS = 2;
const MAX_ERRNO = 4095;

/** The helper's prototype, or an errno with its message. */
function findProto(env: VerifierEnv, { id, proto: fn }: HelperSignature): FuncProto | number {
  if (id < 0 || id >= HELPER_COUNT) {
    return reject(env, EINVAL, 'invalid func %s#%d\n', funcIdName(id), id);
  }
  if (fn === null) {
    return reject(env, EINVAL, 'program of this type cannot use helper %s#%d\n', funcIdName(id), id);
  }
  if (fn.gplOnly === true && !isGplCompatible(env.input.license)) {
    return reject(env, EINVAL, 'cannot call GPL-restricted function from non-GPL compatible program\n');
  }
  if (fn.allowed !== undefined && !isAllowedIn(fn.allowed, env.prog)) {
    return reject(env, EINVAL, 'helper call is not allowed in probe\n');
  }
  if (!env.cur.inSleepable && fn.mightSleep === true) {
    return reject(env, EINVAL, 'helper call might sleep in a non-sleepable prog\n');
  }
  return fn;
}

/** record_func_map() */
function recordFuncMap(env: VerifierEnv, meta: CallMeta, insnIdx: number): number {
  if (meta.flags.recordsMap !== true) return 0;
  if (meta.map < 0) {
    return reject(env, EFAULT, 'verifier bug: expected map for helper call\n');
  }
  if ((env.maps[meta.map].flags & BPF_F_RDONLY_PROG) !== 0 && meta.flags.writesMap === true) {
    return reject(env, EACCES, 'write into map forbidden\n');
  }
  const { callMap, callMapPoison } = env.aux;
  if (callMap[insnIdx] !== 0 && callMap[insnIdx] !== meta.map + 1) callMapPoison[insnIdx] = 1;
  callMap[insnIdx] = meta.map + 1;
  return 0;
}

/** record_func_key(): the constant index of a tail call. */
function recordFuncKey(env: VerifierEnv, meta: CallMeta, insnIdx: number): number {
  if (meta.funcId !== BPF_FUNC.tail_call) return 0;
  if (meta.map < 0 || env.maps[meta.map].type !== BPF_MAP_TYPE.prog_array) {
    return reject(env, EINVAL, 'expected prog array map for tail call');
  }
  const { mapKeyState, mapKey } = env.aux;
  const reg = env.reg(3);
  const key = (valHi(reg) >>> 0) * 0x1_0000_0000 + (valLo(reg) >>> 0);
  if (!isRegConst(reg, false) || key >= env.maps[meta.map].maxEntries) {
    mapKeyState[insnIdx] = 2;
    return 0;
  }
  const err = markChainPrecision(env, 3);
  if (err) return err;
  if (mapKeyState[insnIdx] === 0) {
    mapKeyState[insnIdx] = 1;
    mapKey[insnIdx] = key;
  } else if (mapKey[insnIdx] !== key) {
    mapKeyState[insnIdx] = 2;
  }
  return 0;
}

/** Uninitialised memory on the stack that the helper fills. */
function writeRawMemory(env: VerifierEnv, meta: CallMeta, insnIdx: number): number {
  for (let off = 0; off < meta.accessSize; off++) {
    const err = checkMemAccess(
      env,
      { insnIdx, regno: meta.regno, off, size: 1, write: true, valueRegno: -1, isLdsx: false },
      false,
    );
    if (err) return err;
  }
  return 0;
}

/** bpf_kptr_xchg() takes the reference; an RCU section keeps per-CPU objects usable. */
function giveKptr(env: VerifierEnv, refObjId: number): number {
  const rcu = inRcuCs(env);
  const err = releaseReferenceNoMark(env.cur, refObjId);
  if (err) return err;
  forEachReg(env.cur, (reg) => {
    if (reg.refObjId !== refObjId) return;
    if (rcu && (reg.type & MEM_ALLOC) !== 0 && (reg.type & MEM_PERCPU) !== 0) {
      reg.refObjId = 0;
      reg.type = (reg.type & ~MEM_ALLOC) | MEM_RCU;
    } else {
      markRegUnknown(reg);
    }
  });
  return 0;
}

function releaseArg(env: VerifierEnv, fn: FuncProto, meta: CallMeta): number {
  if (meta.releaseRegno === 0) return 0;
  let err = -EINVAL;
  if (argBase(argTypeOf(fn, meta.releaseRegno - 1)) === ARG.ARG_PTR_TO_DYNPTR) {
    err = unmarkStackSlotsDynptr(env, env.reg(meta.releaseRegno));
  } else if (meta.funcId === BPF_FUNC.kptr_xchg && meta.refObjId !== 0) {
    err = giveKptr(env, meta.refObjId);
  } else if (meta.refObjId !== 0) err = releaseReference(env, meta.refObjId);
  else if (registerIsNull(env.reg(meta.releaseRegno))) err = 0;
  if (err) {
    blame(env, 'func %s#%d reference has not been acquired before\n', funcIdName(meta.funcId), meta.funcId);
  }
  return err;
}

/** The one dynptr among the arguments (get_dynptr_arg_reg()), as the register that describes it. */
function dynptrArg(env: VerifierEnv, fn: FuncProto): Reg | null {
  const arg = fn.args.findIndex((type) => argBase(type) === ARG.ARG_PTR_TO_DYNPTR);
  return arg < 0 ? null : dynptrOf(env, env.reg(arg + 1));
}

/** bpf_dynptr_data(): the result lies in the dynptr's memory, and lives as long as it. */
function noteDynptrData(env: VerifierEnv, fn: FuncProto, meta: CallMeta): number {
  const reg = dynptrArg(env, fn);
  if (reg === null) return reject(env, EFAULT, 'verifier bug: failed to obtain dynptr id\n');
  if (meta.refObjId !== 0) return reject(env, EFAULT, 'verifier bug: meta.ref_obj_id already set\n');
  meta.dynptrId = reg.id;
  meta.refObjId = reg.refObjId;
  return 0;
}

/** A pointer to per-CPU memory that the program allocated gives one to this CPU's part. */
function notePercpu(env: VerifierEnv, meta: CallMeta): number {
  const reg = env.reg(1);
  if ((reg.type & MEM_RCU) === 0) return 0;
  const t = env.btfAt(reg.btf)?.typeById(reg.btfId);
  if (t?.kind !== 'struct' && t?.kind !== 'union') {
    return reject(env, EFAULT, 'Helper has invalid btf/btf_id in R1\n');
  }
  meta.returnsAllocPtr = true;
  return 0;
}

/** What some helpers want beyond their prototype. */
function checkSpecial(env: VerifierEnv, fn: FuncProto, meta: CallMeta, insnIdx: number): number {
  switch (meta.funcId) {
    case BPF_FUNC.tail_call:
      return checkResourceLeak(env, { exception: false, checkLock: true }, 'tail_call');
    case BPF_FUNC.get_local_storage:
      if (registerIsNull(env.reg(2))) return 0;
      return reject(env, EINVAL, "get_local_storage() doesn't support non-zero flags\n");
    case BPF_FUNC.snprintf:
      return checkSnprintfFormat(env);
    case BPF_FUNC.for_each_map_elem:
    case BPF_FUNC.loop:
    case BPF_FUNC.find_vma:
    case BPF_FUNC.user_ringbuf_drain:
    case BPF_FUNC.timer_set_callback:
      return pushHelperCallback(env, meta, insnIdx);
    case BPF_FUNC.dynptr_from_mem:
      if (env.reg(1).type === PTR_TO_MAP_VALUE) return 0;
      return reject(
        env,
        EACCES,
        'Unsupported reg type %s for bpf_dynptr_from_mem data\n',
        regTypeStr(env.reg(1).type),
      );
    case BPF_FUNC.dynptr_data:
      return noteDynptrData(env, fn, meta);
    case BPF_FUNC.per_cpu_ptr:
    case BPF_FUNC.this_cpu_ptr:
      return notePercpu(env, meta);
    default:
      return 0;
  }
}

/** A kernel variable of this CPU: a structure by its BTF, else memory of its size. */
function setMemOrBtf(env: VerifierEnv, meta: CallMeta, flag: number): number {
  const r0 = env.reg(0);
  markRegKnownZero(r0);
  const btf = env.btfAt(meta.retBtf);
  if (btf === null) return reject(env, EFAULT, 'verifier bug: no BTF of the result\n');
  const t = btf.typeById(btf.skipModsAndTypedefs(meta.retBtfId));
  if (t.kind !== 'struct' && t.kind !== 'union') {
    try {
      r0.memSize = btf.resolveSize(t.id);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return reject(env, EINVAL, "unable to resolve the size of type '%s': %d\n", t.name, -EINVAL);
    }
    r0.type = PTR_TO_MEM | flag;
    return 0;
  }
  r0.type = PTR_TO_BTF_ID | (meta.returnsAllocPtr ? MEM_ALLOC | MEM_RCU : flag & ~MEM_RDONLY);
  r0.btf = meta.retBtf;
  r0.btfId = meta.retBtfId;
  return 0;
}

/** The structure that the prototype names, or what lay in the exchanged field. */
function setBtfReturn(env: VerifierEnv, fn: FuncProto, meta: CallMeta, flag: number): void {
  const r0 = env.reg(0);
  markRegKnownZero(r0);
  r0.type = PTR_TO_BTF_ID | flag;
  const field = meta.kptrField;
  if (meta.funcId === BPF_FUNC.kptr_xchg && field?.kptr != null) {
    if (field.kptr.btf === env.btf) {
      r0.type |= MEM_ALLOC | (field.type === BPF_KPTR_PERCPU ? MEM_PERCPU : 0);
    }
    r0.btf = env.btfWord(field.kptr.btf);
    r0.btfId = field.kptr.btfId;
  } else {
    r0.btf = BTF_VMLINUX;
    r0.btfId = env.kernelType(fn.retBtf ?? '', 'struct');
  }
}

/** reg_may_point_to_spin_lock(): the pointer's identity matters. */
const holdsLock = (env: VerifierEnv, reg: Reg): boolean =>
  hasField(recordOfMap(env, env.maps[reg.map]), BPF_SPIN_LOCK | BPF_RES_SPIN_LOCK);

/** r0 by the prototype's return type. */
function setReturn(env: VerifierEnv, fn: FuncProto, meta: CallMeta): number {
  const r0 = env.reg(0);
  let flag = typeFlag(fn.ret);
  const base = retBase(fn.ret);
  switch (base) {
    case RET.RET_INTEGER:
      markRegUnknown(r0);
      break;
    case RET.RET_VOID:
      r0.type = NOT_INIT;
      break;
    case RET.RET_PTR_TO_MAP_VALUE: {
      markRegKnownZero(r0);
      if (meta.map < 0) {
        return reject(env, EFAULT, 'verifier bug: unexpected null map_ptr\n');
      }
      const map = env.maps[meta.map];
      const inRange = meta.constMapKey >= 0 && meta.constMapKey < map.maxEntries;
      if (meta.funcId === BPF_FUNC.map_lookup_elem && canElideValueNullness(map.type) && inRange) {
        flag &= ~PTR_MAYBE_NULL;
      }
      r0.map = meta.map;
      r0.mapUid = meta.mapUid;
      r0.type = PTR_TO_MAP_VALUE | flag;
      if ((flag & PTR_MAYBE_NULL) === 0 && holdsLock(env, r0)) r0.id = env.newId();
      break;
    }
    case RET.RET_PTR_TO_SOCKET:
      markRegKnownZero(r0);
      r0.type = PTR_TO_SOCKET | flag;
      break;
    case RET.RET_PTR_TO_SOCK_COMMON:
      markRegKnownZero(r0);
      r0.type = PTR_TO_SOCK_COMMON | flag;
      break;
    case RET.RET_PTR_TO_TCP_SOCK:
      markRegKnownZero(r0);
      r0.type = PTR_TO_TCP_SOCK | flag;
      break;
    case RET.RET_PTR_TO_MEM:
      markRegKnownZero(r0);
      r0.type = PTR_TO_MEM | flag;
      r0.memSize = meta.memSize;
      break;
    case RET.RET_PTR_TO_MEM_OR_BTF_ID: {
      const err = setMemOrBtf(env, meta, flag);
      if (err) return err;
      break;
    }
    case RET.RET_PTR_TO_BTF_ID:
      setBtfReturn(env, fn, meta, flag);
      break;
    default:
      return assertNever(base);
  }
  if (typeMayBeNull(r0.type)) r0.id = env.newId();
  return 0;
}

function isAcquire(env: VerifierEnv, meta: CallMeta): boolean {
  if (meta.flags.acquires === true) return true;
  if (meta.funcId !== BPF_FUNC.map_lookup_elem || meta.map < 0) return false;
  const { type } = env.maps[meta.map];
  return type === BPF_MAP_TYPE.sockmap || type === BPF_MAP_TYPE.sockhash;
}

function setReturnReference(env: VerifierEnv, meta: CallMeta, insnIdx: number): void {
  const r0 = env.reg(0);
  if (meta.flags.slicesDynptr === true) r0.dynptrId = meta.dynptrId;
  if (meta.flags.casts === true || meta.flags.slicesDynptr === true) {
    r0.refObjId = meta.refObjId;
  } else if (isAcquire(env, meta)) {
    const id = acquireReference(env, insnIdx);
    r0.id = id;
    r0.refObjId = id;
  }
}

/** do_refine_retval_range() */
function refineReturn(env: VerifierEnv, fn: FuncProto, meta: CallMeta): number {
  if (fn.ret !== RET.RET_INTEGER) return 0;
  const reg = env.reg(0);
  const { a, o } = reg;
  if (meta.flags.returnsSize === true) {
    set64(a, o + SMAX_LO, meta.msizeMaxValue, 0);
    a[o + S32_MAX] = meta.msizeMaxValue;
    set64(a, o + SMIN_LO, -MAX_ERRNO, -1);
    a[o + S32_MIN] = -MAX_ERRNO;
    regBoundsSync(a, o);
  } else if (meta.funcId === BPF_FUNC.get_smp_processor_id) {
    set64(a, o + UMAX_LO, NR_CPU_IDS - 1, 0);
    set64(a, o + SMAX_LO, NR_CPU_IDS - 1, 0);
    a[o + U32_MAX] = a[o + S32_MAX] = NR_CPU_IDS - 1;
    set64(a, o + UMIN_LO, 0, 0);
    set64(a, o + SMIN_LO, 0, 0);
    a[o + U32_MIN] = a[o + S32_MIN] = 0;
    regBoundsSync(a, o);
  }
  return regBoundsSanityCheck(env, reg, 'retval');
}

const SOCKMAP_UPDATERS: ReadonlySet<number> = new Set([
  BPF_PROG_TYPE.socket_filter,
  BPF_PROG_TYPE.sched_cls,
  BPF_PROG_TYPE.sched_act,
  BPF_PROG_TYPE.xdp,
  BPF_PROG_TYPE.sk_reuseport,
  BPF_PROG_TYPE.flow_dissector,
  BPF_PROG_TYPE.sk_lookup,
]);

/** may_update_sockmap(), for the update and delete helpers. */
function mayUpdateSockmap(env: VerifierEnv, id: number): boolean {
  if (SOCKMAP_UPDATERS.has(env.prog.type)) return true;
  if (env.prog.type === BPF_PROG_TYPE.tracing && isAttachedTo(env.prog, 'trace_iter')) return true;
  if (env.progType === BPF_PROG_TYPE.sock_ops && id === BPF_FUNC.map_delete_elem) return true;
  blame(env, 'cannot update sockmap in this context\n');
  return false;
}

/** check_map_func_compatibility(), Linux 6.18. */
function checkMapFuncCompatibility(env: VerifierEnv, meta: CallMeta): number {
  if (meta.map < 0) return 0;
  const { type } = env.maps[meta.map];
  const id = meta.funcId;
  const takes = mapTakesHelper(type, id);
  const ok = takes === 'update' ? mayUpdateSockmap(env, id) : takes;
  if (ok && helperTakesMap(id, type)) return 0;
  return reject(env, EINVAL, 'cannot pass map_type %d into func %s#%d\n', type, funcIdName(id), id);
}

function checkGetFuncIp(env: VerifierEnv, id: number): number {
  if (id !== BPF_FUNC.get_func_ip || env.progType === BPF_PROG_TYPE.kprobe) return 0;
  return reject(
    env,
    ENOTSUPP,
    'func %s#%d not supported for program type %d\n',
    funcIdName(id),
    id,
    env.progType,
  );
}

/** A tail call in a subprogram may not come back to it: the caller goes on with an unknown r0. */
function tailCallInSubprog(env: VerifierEnv): number {
  env.markRegScratched(0);
  const branch = pushStack(env, env.insnIdx + 1, env.insnIdx, false);
  if (branch === null) return -EFAULT;
  clearAllPktPointers(env);
  markRegUnknown(env.reg(0));
  const err = prepareFuncExit(env);
  if (err) return err;
  env.insnIdx--;
  return 0;
}

/** A helper that may sleep, in a section that may not. */
function checkRegions(env: VerifierEnv, fn: FuncProto, id: number): number {
  if (fn.mightSleep !== true) return 0;
  const { cur } = env;
  const where =
    (cur.activeRcuLocks > 0 && 'rcu_read_lock region') ||
    (cur.activePreemptLocks > 0 && 'non-preemptible region') ||
    (cur.activeIrqId !== 0 && 'IRQ-disabled region');
  if (where === false) return 0;
  return reject(env, EINVAL, `sleepable helper %s#%d in ${where}\n`, funcIdName(id), id);
}

/** bpf_dynptr_write() to packet data voids slices of it. */
function writesPacket(env: VerifierEnv, fn: FuncProto, meta: CallMeta): boolean {
  if (meta.funcId !== BPF_FUNC.dynptr_write) return false;
  const type = dynptrArg(env, fn)?.dynptrType;
  return type === BPF_DYNPTR_TYPE_SKB || type === BPF_DYNPTR_TYPE_SKB_META;
}

/** check_helper_call(), Linux 6.18. */
export function checkHelperCall(env: VerifierEnv, signature: HelperSignature): number {
  const insnIdx = env.insnIdx;
  const { id, flags } = signature;
  const fn = findProto(env, signature);
  if (typeof fn === 'number') return fn;
  let changesData = flags.changesPktData === true;
  if (changesData && fn.args[0] !== ARG.ARG_PTR_TO_CTX) {
    return reject(env, EFAULT, 'verifier bug: func %s#%d: r1 != ctx\n', funcIdName(id), id);
  }
  const meta = newCallMeta(id, flags, fn.pktAccess === true);
  let err = checkRegions(env, fn, id);
  for (let arg = 0; arg < 5 && !err; arg++) err = checkFuncArg(env, arg, fn, meta);
  err =
    err ||
    recordFuncMap(env, meta, insnIdx) ||
    recordFuncKey(env, meta, insnIdx) ||
    writeRawMemory(env, meta, insnIdx) ||
    releaseArg(env, fn, meta) ||
    checkSpecial(env, fn, meta, insnIdx);
  if (err) return err;
  changesData ||= writesPacket(env, fn, meta);
  clearCallerSavedRegs(env);
  err = setReturn(env, fn, meta);
  if (err) return err;
  setReturnReference(env, meta, insnIdx);
  err = refineReturn(env, fn, meta) || checkMapFuncCompatibility(env, meta) || checkGetFuncIp(env, id);
  if (err) return err;
  if (id === BPF_FUNC.tail_call) {
    if (env.cur.curframe !== 0) {
      err = tailCallInSubprog(env);
      if (err) return err;
    } else {
      changesData = false;
    }
  }
  if (changesData) clearAllPktPointers(env);
  return 0;
}
