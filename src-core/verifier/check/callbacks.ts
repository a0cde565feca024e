import { BPF_RB_ROOT, findField } from '../../platform/btf-record.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { markChainPrecision } from '../explore/precision.ts';
import { pushAsync, pushStack } from '../explore/worklist.ts';
import { blame, reject, verbose } from '../log/verbose.ts';
import { BPF_LOG_LEVEL2, type VerifierEnv } from '../state/env.ts';
import { E2BIG, EFAULT, ENOMEM, ENOTSUPP } from '../state/errno.ts';
import type { Frame, RetvalRange } from '../state/frame.ts';
import { recordOfReg } from '../state/records.ts';
import { BTF_VMLINUX } from '../state/reg.ts';
import {
  CONST_PTR_TO_MAP,
  PTR_TO_BTF_ID,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  SCALAR_VALUE,
} from '../state/reg-type.ts';
import { Unsupported } from '../state/unsupported.ts';
import type { CallMeta } from './call-meta.ts';
import { checkSubprogCall, initFrame, type SetCalleeState, setupFuncEntry } from './call-subprog.ts';
import { BPF_DYNPTR_TYPE_LOCAL, markDynptrReg } from './dynptr-slot.ts';
import { markGraphNode, setNonOwning } from './kfunc/graph.ts';
import type { KfuncMeta } from './kfunc/meta.ts';
import { markRegKnownZero, markRegNotInit, registerIsNull, umax } from './regs.ts';

/** Maps that bpf_for_each_map_elem() can walk. */
const ITERABLE_MAPS: ReadonlySet<number> = new Set([
  BPF_MAP_TYPE.array,
  BPF_MAP_TYPE.percpu_array,
  BPF_MAP_TYPE.hash,
  BPF_MAP_TYPE.lru_hash,
  BPF_MAP_TYPE.percpu_hash,
  BPF_MAP_TYPE.lru_percpu_hash,
]);

function inCallback(callee: Frame): number {
  callee.inCallbackFn = true;
  callee.callbackRetRange = { minval: 0, maxval: 1 };
  return 0;
}

/** callback_fn(u64 index, void *ctx) of bpf_loop(). */
function setLoopCallee(caller: Frame, callee: Frame): number {
  callee.reg(1).type = SCALAR_VALUE;
  callee.reg(2).assign(caller.reg(3));
  for (let i = 3; i <= 5; i++) markRegNotInit(callee.reg(i));
  return inCallback(callee);
}

/** callback_fn(map, key, value, ctx) of bpf_for_each_map_elem(). */
function setMapElemCallee(env: VerifierEnv, insnIdx: number): SetCalleeState {
  return (caller, callee) => {
    const map = env.aux.callMap[insnIdx] - 1;
    if (!ITERABLE_MAPS.has(env.maps[map].type)) {
      return reject(env, ENOTSUPP, 'callback function not allowed for map\n');
    }
    callee.reg(1).assign(caller.reg(1));
    const key = callee.reg(2);
    key.type = PTR_TO_MAP_KEY;
    markRegKnownZero(key);
    key.map = caller.reg(1).map;
    const value = callee.reg(3);
    value.type = PTR_TO_MAP_VALUE;
    markRegKnownZero(value);
    value.map = caller.reg(1).map;
    callee.reg(4).assign(caller.reg(3));
    markRegNotInit(callee.reg(5));
    return inCallback(callee);
  };
}

/** callback_fn(map, key, value) of a timer, a workqueue or task work; `mapRegno` names the map's value or the map. */
function setMapCallee(mapRegno: number, range: RetvalRange): SetCalleeState {
  return (caller, callee) => {
    const { map, mapUid } = caller.reg(mapRegno);
    [CONST_PTR_TO_MAP, PTR_TO_MAP_KEY, PTR_TO_MAP_VALUE].forEach((type, i) => {
      const reg = callee.reg(i + 1);
      reg.type = type;
      markRegKnownZero(reg);
      reg.map = map;
      reg.mapUid = mapUid;
    });
    markRegNotInit(callee.reg(4));
    markRegNotInit(callee.reg(5));
    callee.inAsyncCallbackFn = true;
    callee.callbackRetRange = range;
    return 0;
  };
}

/** callback_fn(task, vma, ctx) of bpf_find_vma(). */
function setFindVmaCallee(env: VerifierEnv): SetCalleeState {
  return (caller, callee) => {
    const id = env.vmlinux?.findByName('vm_area_struct', 'struct') ?? null;
    if (id === null) throw new Unsupported('struct vm_area_struct');
    callee.reg(1).assign(caller.reg(1));
    const vma = callee.reg(2);
    vma.type = PTR_TO_BTF_ID;
    markRegKnownZero(vma);
    vma.btf = BTF_VMLINUX;
    vma.btfId = id;
    callee.reg(3).assign(caller.reg(4));
    markRegNotInit(callee.reg(4));
    markRegNotInit(callee.reg(5));
    return inCallback(callee);
  };
}

/** callback_fn(const struct bpf_dynptr *dynptr, void *ctx) of bpf_user_ringbuf_drain(). */
function setUserRingbufCallee(env: VerifierEnv): SetCalleeState {
  return (caller, callee) => {
    markRegNotInit(callee.reg(0));
    markDynptrReg(callee.reg(1), BPF_DYNPTR_TYPE_LOCAL, true, env.newId());
    callee.reg(2).assign(caller.reg(3));
    for (let i = 3; i <= 5; i++) markRegNotInit(callee.reg(i));
    return inCallback(callee);
  };
}

/** bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b) of bpf_rbtree_add(). */
function setTreeCallee(env: VerifierEnv): SetCalleeState {
  return (caller, callee) => {
    const root = caller.reg(1);
    const field = findField(recordOfReg(env, root), root.off, BPF_RB_ROOT);
    if (field?.root == null) return -EFAULT;
    for (let i = 1; i <= 2; i++) {
      markGraphNode(env, callee.reg(i), field.root);
      setNonOwning(env, callee.reg(i));
    }
    for (let i = 3; i <= 5; i++) markRegNotInit(callee.reg(i));
    return inCallback(callee);
  };
}

/** push_callback_call(), Linux 6.18, for callbacks that run on their own: a path with a fresh stack. */
function pushAsyncCallback(
  env: VerifierEnv,
  subprog: number,
  insnIdx: number,
  callback: AsyncCallback,
): number {
  const caller = env.func;
  const argErr = checkSubprogCall(env, subprog);
  if (argErr === -EFAULT) return argErr;
  env.subprogs[subprog].isCb = true;
  env.subprogs[subprog].isAsyncCb = true;
  const state = pushAsync(env, env.subprogs[subprog].start, insnIdx);
  if (state === null) return -E2BIG;
  state.inSleepable = callback.sleepable;
  const callee = state.frames[0];
  initFrame(env, callee, BPF_MAIN_FUNC, 0, subprog);
  callee.asyncEntryCnt = caller.asyncEntryCnt + 1;
  return callback.setCallee(caller, callee);
}

interface AsyncCallback {
  /** is_async_cb_sleepable() */
  readonly sleepable: boolean;
  readonly setCallee: SetCalleeState;
}

const BPF_MAIN_FUNC = -1;
const S32_RANGE: RetvalRange = { minval: -0x8000_0000, maxval: 0x7fff_ffff };

/** The callback of a kfunc is to be walked: pushes it. */
export function pushKfuncCallback(env: VerifierEnv, meta: KfuncMeta, insnIdx: number): number {
  const { sig, subprogno } = meta;
  let err: number;
  switch (sig.role) {
    case 'rbtree_add':
      err = pushCallbackCall(env, subprogno, insnIdx, setTreeCallee(env));
      break;
    case 'wq_set_callback':
      err = pushAsyncCallback(env, subprogno, insnIdx, {
        sleepable: true,
        setCallee: setMapCallee(1, ZERO_RANGE),
      });
      break;
    case 'task_work_schedule':
      err = pushAsyncCallback(env, subprogno, insnIdx, {
        sleepable: true,
        setCallee: setMapCallee(3, S32_RANGE),
      });
      break;
    default:
      return 0;
  }
  if (err) blame(env, 'kfunc %s#%d failed callback verification\n', sig.name, sig.id);
  return err;
}

const ZERO_RANGE: RetvalRange = { minval: 0, maxval: 0 };

/** push_callback_call(), Linux 6.18, for callbacks that run before the call returns. */
function pushCallbackCall(
  env: VerifierEnv,
  subprog: number,
  insnIdx: number,
  setCallee: SetCalleeState,
): number {
  const caller = env.func;
  const argErr = checkSubprogCall(env, subprog);
  if (argErr === -EFAULT) return argErr;
  env.subprogs[subprog].isCb = true;
  const state = pushStack(env, env.subprogs[subprog].start, insnIdx, false);
  if (state === null) return -ENOMEM;
  const err = setupFuncEntry(env, subprog, insnIdx, setCallee, state);
  if (err) return err;
  state.callbackUnrollDepth++;
  state.frames[state.curframe - 1].callbackDepth++;
  caller.callbackDepth = 0;
  return 0;
}

/** update_loop_inline_state(): whether the flags are always zero decides if the call could be inlined. */
function noteLoopFlags(env: VerifierEnv, subprog: number): void {
  const at = env.insnIdx;
  const { loopInline, loopSubprog } = env.aux;
  if (loopInline[at] === LOOP_UNSEEN) {
    loopInline[at] = loopFlagsAreZero(env) ? LOOP_FITS : LOOP_UNFIT;
    loopSubprog[at] = subprog;
  } else if (loopInline[at] === LOOP_FITS && !(loopFlagsAreZero(env) && loopSubprog[at] === subprog)) {
    loopInline[at] = LOOP_UNFIT;
  }
}

const LOOP_UNSEEN = 0;
const LOOP_FITS = 1;
const LOOP_UNFIT = 2;

function loopFlagsAreZero(env: VerifierEnv): boolean {
  const isNull = registerIsNull(env.reg(4));
  if (isNull) markChainPrecision(env, 4);
  return isNull;
}

function pushLoop(env: VerifierEnv, meta: CallMeta, insnIdx: number): number {
  noteLoopFlags(env, meta.subprogno);
  const err = markChainPrecision(env, 1);
  if (err) return err;
  if (env.func.callbackDepth < umax(env.reg(1))) {
    return pushCallbackCall(env, meta.subprogno, insnIdx, setLoopCallee);
  }
  env.func.callbackDepth = 0;
  if (env.log.level & BPF_LOG_LEVEL2) {
    verbose(env, 'frame%d bpf_loop iteration limit reached\n', env.cur.curframe);
  }
  return 0;
}

/** The helper's callback is to be walked: pushes it. */
export function pushHelperCallback(env: VerifierEnv, meta: CallMeta, insnIdx: number): number {
  const { subprogno } = meta;
  switch (meta.funcId) {
    case BPF_FUNC.loop:
      return pushLoop(env, meta, insnIdx);
    case BPF_FUNC.timer_set_callback:
      return pushAsyncCallback(env, subprogno, insnIdx, {
        sleepable: false,
        setCallee: setMapCallee(1, ZERO_RANGE),
      });
    case BPF_FUNC.find_vma:
      return pushCallbackCall(env, subprogno, insnIdx, setFindVmaCallee(env));
    case BPF_FUNC.user_ringbuf_drain:
      return pushCallbackCall(env, subprogno, insnIdx, setUserRingbufCallee(env));
    default:
      return pushCallbackCall(env, subprogno, insnIdx, setMapElemCallee(env, insnIdx));
  }
}
