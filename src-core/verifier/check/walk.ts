import { ARG, argBase } from '../../platform/func-proto.ts';
import { BPF_COMPLEXITY_LIMIT_INSNS } from '../../platform/limits.ts';
import { pushJmpHistory } from '../explore/history.ts';
import { updateBranchCounts } from '../explore/scc.ts';
import { isStateVisited } from '../explore/visited.ts';
import { popStack } from '../explore/worklist.ts';
import { printInsnState, printVerifierState } from '../log/state.ts';
import { reject, verbose, verboseInsn, verboseLinfo } from '../log/verbose.ts';
import { BPF_LOG_LEVEL, BPF_LOG_LEVEL2, type SubprogArg, type VerifierEnv } from '../state/env.ts';
import { E2BIG, EACCES, EFAULT, EINVAL, EPERM } from '../state/errno.ts';
import { BTF_VMLINUX, type Reg } from '../state/reg.ts';
import {
  MEM_RDONLY,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_CTX,
  PTR_TO_MEM,
  PTR_TRUSTED,
  PTR_UNTRUSTED,
} from '../state/reg-type.ts';
import { VerifierState } from '../state/state.ts';
import { Unsupported } from '../state/unsupported.ts';
import { initFrame } from './call-subprog.ts';
import { BPF_DYNPTR_TYPE_LOCAL, markDynptrReg } from './dynptr-slot.ts';
import { prepareFuncArgs } from './func-args.ts';
import { checkInsn, FUNC_EXIT, PATH_END } from './insn.ts';
import { markRegKnownZero, markRegUnknown } from './regs.ts';
import { snapshot } from './snapshot.ts';

const BPF_MAIN_FUNC = -1;
/** Instructions between two questions whether to stop. */
const STOP_INTERVAL = 4096;

function speculativeText(env: VerifierEnv): string {
  return env.cur.speculative ? ' (speculative execution)' : '';
}

function printSafe(env: VerifierEnv, doPrintState: boolean): void {
  if ((env.log.level & BPF_LOG_LEVEL) === 0) return;
  if (doPrintState) {
    verbose(env, '\nfrom %d to %d%s: safe\n', env.prevInsnIdx, env.insnIdx, speculativeText(env));
  } else {
    verbose(env, '%d: safe\n', env.insnIdx);
  }
}

function printInsn(env: VerifierEnv): void {
  const { cur } = env;
  if (env.stateScratched()) printInsnState(env, cur, cur.curframe);
  verboseLinfo(env, env.insnIdx, '; ');
  env.prevLogPos = env.log.endPos;
  verbose(env, '%d: ', env.insnIdx);
  verboseInsn(env, env.insnIdx);
  env.prevInsnPrintPos = env.log.endPos - env.prevLogPos;
  env.prevLogPos = env.log.endPos;
}

function emitVisit(env: VerifierEnv): void {
  env.options.onEvent?.({
    kind: 'visit',
    visit: env.insnProcessed,
    insn: env.insnIdx,
    prevInsn: env.prevInsnIdx < 0 ? null : env.prevInsnIdx,
    frames: () => snapshot(env),
    logPos: env.log.endPos,
  });
}

/** The walk's own variables beside those in env. */
interface Walk {
  doPrintState: boolean;
  prevInsnIdx: number;
}

/** One instruction of the current path: 0 to go on, PATH_END, or a negative errno. */
function step(env: VerifierEnv, walk: Walk): number {
  const { cur } = env;
  env.curHistEnt = null;
  env.prevInsnIdx = walk.prevInsnIdx;
  if (env.insnIdx >= env.insns.length) {
    return reject(env, EFAULT, 'invalid insn idx %d insn_cnt %d\n', env.insnIdx, env.insns.length);
  }
  if (++env.insnProcessed > BPF_COMPLEXITY_LIMIT_INSNS) {
    return reject(env, E2BIG, 'BPF program is too large. Processed %d insn\n', env.insnProcessed);
  }
  cur.lastInsnIdx = env.prevInsnIdx;
  cur.insnIdx = env.insnIdx;
  if (env.options.onEvent !== null) emitVisit(env);
  if (env.aux.prunePoint[env.insnIdx]) {
    const visited = isStateVisited(env, env.insnIdx);
    if (visited < 0) return visited;
    if (visited === 1) {
      printSafe(env, walk.doPrintState);
      return PATH_END;
    }
  }
  if (env.aux.jmpPoint[env.insnIdx]) pushJmpHistory(env, cur, 0, null);
  if (env.insnProcessed % STOP_INTERVAL === 0 && env.options.shouldStop?.())
    throw new Unsupported('cancelled');
  if (env.log.level & BPF_LOG_LEVEL2 && walk.doPrintState) {
    verbose(env, '\nfrom %d to %d%s:', env.prevInsnIdx, env.insnIdx, speculativeText(env));
    printVerifierState(env, cur, cur.curframe, true);
    walk.doPrintState = false;
  }
  if (env.log.level & BPF_LOG_LEVEL) printInsn(env);
  env.aux.seen[env.insnIdx] = 1;
  walk.prevInsnIdx = env.insnIdx;
  return checkAndMark(env, walk);
}

function checkAndMark(env: VerifierEnv, walk: Walk): number {
  const err = env.liveness.resetWriteMarks(env.insnIdx);
  if (err) return err;
  const result = checkInsn(env);
  if (result >= 0 || result === -EPERM || result === -EACCES || result === -EINVAL) {
    const marksErr = env.liveness.commitWriteMarks();
    if (marksErr) return marksErr;
  }
  if (result !== FUNC_EXIT) return result;
  walk.doPrintState = true;
  return 0;
}

/** The path is over: settle its parents and take up the next; 1 when there is none. */
function nextPath(env: VerifierEnv, walk: Walk): number {
  env.options.onEvent?.({ kind: 'path-end', visit: env.insnProcessed, insn: walk.prevInsnIdx });
  env.markAllScratched();
  const err = updateBranchCounts(env, env.cur) || env.liveness.update();
  if (err) return err;
  if (!popStack(env, (env.log.level & BPF_LOG_LEVEL2) === 0)) return 1;
  walk.prevInsnIdx = env.prevInsnIdx;
  walk.doPrintState = true;
  return 0;
}

/** do_check(), Linux 6.18: all paths from the current state. */
function doCheck(env: VerifierEnv): number {
  const walk: Walk = { doPrintState: false, prevInsnIdx: -1 };
  for (;;) {
    const err = step(env, walk);
    if (err < 0) return err;
    if (err !== PATH_END) continue;
    const next = nextPath(env, walk);
    if (next < 0) return next;
    if (next === 1) return 0;
  }
}

function setEntryArg(env: VerifierEnv, reg: Reg, arg: SubprogArg): void {
  if (arg.argType === ARG.ARG_PTR_TO_CTX) {
    reg.type = PTR_TO_CTX;
    markRegKnownZero(reg);
  } else if (arg.argType === ARG.ARG_ANYTHING) {
    markRegUnknown(reg);
  } else if (argBase(arg.argType) === ARG.ARG_PTR_TO_MEM) {
    reg.type = PTR_TO_MEM | (arg.argType & (PTR_MAYBE_NULL | PTR_UNTRUSTED | MEM_RDONLY));
    markRegKnownZero(reg);
    reg.memSize = arg.memSize;
    if (arg.argType & PTR_MAYBE_NULL) reg.id = env.newId();
  } else if (argBase(arg.argType) === ARG.ARG_PTR_TO_DYNPTR) {
    markDynptrReg(reg, BPF_DYNPTR_TYPE_LOCAL, true, env.newId());
  } else if (argBase(arg.argType) === ARG.ARG_PTR_TO_BTF_ID) {
    reg.type = PTR_TO_BTF_ID | (arg.argType & (PTR_MAYBE_NULL | PTR_UNTRUSTED | PTR_TRUSTED));
    markRegKnownZero(reg);
    reg.btf = BTF_VMLINUX;
    reg.btfId = arg.btfId;
    reg.id = env.newId();
  } else if (argBase(arg.argType) === ARG.ARG_PTR_TO_ARENA) {
    // The caller may pass a number as well.
    markRegUnknown(reg);
  } else {
    throw new Unsupported(`argument type ${arg.argType} of a global function`);
  }
}

/** Arguments of the function that is walked: the context, or what a global function's BTF says. */
function setEntryState(env: VerifierEnv, subprog: number): number {
  const sub = env.subprogs[subprog];
  if (subprog === 0) {
    if (sub.name !== null) {
      const err = prepareFuncArgs(env, 0);
      if (err || sub.args.length !== 1 || sub.args[0].argType !== ARG.ARG_PTR_TO_CTX) sub.unreliable = true;
    }
    env.reg(1).type = PTR_TO_CTX;
    markRegKnownZero(env.reg(1));
    return 0;
  }
  verbose(env, 'Validating %s() func#%d...\n', sub.name ?? '', subprog);
  const err = prepareFuncArgs(env, subprog);
  if (err) return err;
  if (sub.isExceptionCb) {
    env.func.inExceptionCallbackFn = true;
    if (sub.args.length !== 1 || sub.args[0].argType !== ARG.ARG_ANYTHING) {
      return reject(env, EINVAL, 'exception cb only supports single integer argument\n');
    }
  }
  for (let i = 0; i < sub.args.length; i++) setEntryArg(env, env.reg(i + 1), sub.args[i]);
  return 0;
}

/** do_check_common(), Linux 6.18: walks one function from its entry. */
function doCheckCommon(env: VerifierEnv, subprog: number): number {
  env.prevLinfo = -1;
  const state = VerifierState.live();
  state.branches = 1;
  state.inSleepable = env.sleepable;
  env.cur = state;
  initFrame(env, state.frames[0], BPF_MAIN_FUNC, 0, subprog);
  state.firstInsnIdx = env.subprogs[subprog].start;
  state.lastInsnIdx = -1;
  const err = setEntryState(env, subprog) || doCheck(env);
  if (err) return err;
  if ((env.log.level & BPF_LOG_LEVEL2) === 0) env.log.reset(0);
  env.stack = [];
  env.explored = [];
  env.sccInfo = [];
  return 0;
}

/** do_check_subprogs(): the global functions that were called, each for any arguments. */
function doCheckSubprogs(env: VerifierEnv): number {
  if (env.subprogs[0].name === null) return 0;
  // The kernel may call it at any time.
  if (env.exceptionCallback !== null) env.subprogs[env.exceptionCallback].called = true;
  for (let again = true; again; ) {
    again = false;
    for (let i = 1; i < env.subprogs.length; i++) {
      const sub = env.subprogs[i];
      if (!sub.linkageGlobal || !sub.called || sub.verified) continue;
      env.insnIdx = sub.start;
      const err = doCheckCommon(env, i);
      if (err) return err;
      if (env.log.level & BPF_LOG_LEVEL) {
        verbose(env, "Func#%d ('%s') is safe for any args that match its prototype\n", i, sub.name ?? '');
      }
      sub.verified = true;
      again = true;
    }
  }
  return 0;
}

/** do_check_main() and do_check_subprogs(), Linux 6.18: the whole program. */
export function walkProgram(env: VerifierEnv): number {
  env.insnIdx = 0;
  return doCheckCommon(env, 0) || doCheckSubprogs(env);
}
