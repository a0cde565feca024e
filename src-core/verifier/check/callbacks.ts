import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { markChainPrecision } from '../explore/precision.ts';
import { pushStack } from '../explore/worklist.ts';
import { reject, verbose } from '../log/verbose.ts';
import { BPF_LOG_LEVEL2, type VerifierEnv } from '../state/env.ts';
import { EFAULT, ENOMEM, ENOTSUPP } from '../state/errno.ts';
import type { Frame } from '../state/frame.ts';
import { PTR_TO_MAP_KEY, PTR_TO_MAP_VALUE, SCALAR_VALUE } from '../state/reg-type.ts';
import type { CallMeta } from './call-meta.ts';
import { checkSubprogCall, type SetCalleeState, setupFuncEntry } from './call-subprog.ts';
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

/** push_callback_call(), Linux 6.18, for callbacks that run before the helper returns. */
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
  if (meta.funcId === BPF_FUNC.loop) return pushLoop(env, meta, insnIdx);
  return pushCallbackCall(env, meta.subprogno, insnIdx, setMapElemCallee(env, insnIdx));
}
