import {
  BPF_ABS,
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_CALL,
  BPF_EXIT,
  BPF_IMM,
  BPF_IND,
  BPF_JA,
  BPF_JMP,
  BPF_JMP32,
  BPF_K,
  BPF_LD,
  BPF_LDX,
  BPF_MEM,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_ST,
  BPF_STX,
  classOf,
  modeOf,
  opOf,
  srcOf,
} from '../../isa/opcodes.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import { kfuncSpinAllowed } from '../../platform/kfuncs.ts';
import { assertNever } from '../../util/assert-never.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import { resolveCall } from '../state/resolve-call.ts';
import type { Signature } from '../state/signature.ts';
import { checkAluOp } from './alu.ts';
import { checkAtomic } from './atomic.ts';
import { checkCondJmpOp } from './branch.ts';
import { checkHelperCall } from './call-helper.ts';
import { checkFuncCall, prepareFuncExit } from './call-subprog.ts';
import { checkKfuncCall } from './kfunc/call.ts';
import { checkLdAbs, checkLdImm } from './ld.ts';
import { checkLoadMem, checkStoreImm, checkStoreReg } from './mem.ts';
import { checkResourceLeak } from './refs.ts';
import { checkReturnCode } from './return-code.ts';

/** The path ends here, well (PROCESS_BPF_EXIT). */
export const PATH_END = 1;
/** Back in the caller: the next instruction prints the whole state. env.insnIdx is set already. */
export const FUNC_EXIT = 2;

function reserved(env: VerifierEnv, what: string): number {
  return reject(env, EINVAL, '%s uses reserved fields\n', what);
}

function checkStx(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const mode = modeOf(insns.code[insnIdx]);
  if (mode === BPF_ATOMIC) return checkAtomic(env);
  if (mode !== BPF_MEM || insns.imm[insnIdx] !== 0) return reserved(env, 'BPF_STX');
  return checkStoreReg(env, false);
}

function checkSt(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  if (modeOf(insns.code[insnIdx]) !== BPF_MEM || insns.src[insnIdx] !== 0) return reserved(env, 'BPF_ST');
  return checkStoreImm(env);
}

/** What may be called while a lock is held. */
function checkCallUnderLock(env: VerifierEnv, signature: Signature): number {
  const allowed =
    signature.kind === 'subprog' ||
    (signature.kind === 'helper' &&
      (signature.id === BPF_FUNC.spin_unlock || signature.id === BPF_FUNC.kptr_xchg)) ||
    (signature.kind === 'kfunc' && kfuncSpinAllowed(signature.name));
  if (allowed) return 0;
  return reject(env, EINVAL, 'function calls are not allowed while holding a lock\n');
}

function call(env: VerifierEnv, signature: Signature): number {
  switch (signature.kind) {
    case 'helper':
      return checkHelperCall(env, signature);
    case 'kfunc':
      return checkKfuncCall(env, signature);
    case 'subprog':
      return checkFuncCall(env);
    case 'unresolved':
      return 0;
    default:
      return assertNever(signature);
  }
}

function checkCall(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const src = insns.src[insnIdx];
  if (
    srcOf(code) !== BPF_K ||
    (src !== BPF_PSEUDO_KFUNC_CALL && insns.off[insnIdx] !== 0) ||
    (src !== 0 && src !== BPF_PSEUDO_CALL && src !== BPF_PSEUDO_KFUNC_CALL) ||
    insns.dst[insnIdx] !== 0 ||
    classOf(code) === BPF_JMP32
  ) {
    return reserved(env, 'BPF_CALL');
  }
  const signature = resolveCall(env, insnIdx);
  const err = (env.cur.activeLocks > 0 ? checkCallUnderLock(env, signature) : 0) || call(env, signature);
  if (err) return err;
  env.markRegScratched(0);
  return signature.kind === 'kfunc' && signature.role === 'throw' ? leave(env, true) : 0;
}

function checkJa(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const long = classOf(code) === BPF_JMP32;
  if (
    srcOf(code) !== BPF_K ||
    insns.src[insnIdx] !== 0 ||
    insns.dst[insnIdx] !== 0 ||
    (long ? insns.off[insnIdx] !== 0 : insns.imm[insnIdx] !== 0)
  ) {
    return reserved(env, 'BPF_JA');
  }
  env.insnIdx += long ? insns.imm[insnIdx] : insns.off[insnIdx];
  return 0;
}

/** process_bpf_exit_full(), Linux 6.18: the function returns, or an exception unwinds everything. */
function leave(env: VerifierEnv, exception: boolean): number {
  const inMain = env.cur.curframe === 0;
  const prefix = exception ? 'bpf_throw' : 'BPF_EXIT instruction in main prog';
  const err = checkResourceLeak(env, { exception, checkLock: exception || inMain }, prefix);
  if (err) return err;
  if (exception) return PATH_END;
  if (!inMain) return prepareFuncExit(env) || FUNC_EXIT;
  return checkReturnCode(env) || PATH_END;
}

function checkExit(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  if (
    srcOf(code) !== BPF_K ||
    insns.imm[insnIdx] !== 0 ||
    insns.src[insnIdx] !== 0 ||
    insns.dst[insnIdx] !== 0 ||
    classOf(code) === BPF_JMP32
  ) {
    return reserved(env, 'BPF_EXIT');
  }
  return leave(env, false);
}

function checkJump(env: VerifierEnv): number {
  env.jmpsProcessed++;
  switch (opOf(env.insns.code[env.insnIdx])) {
    case BPF_CALL:
      return checkCall(env);
    case BPF_JA:
      return checkJa(env);
    case BPF_EXIT:
      return checkExit(env);
    default:
      return checkCondJmpOp(env);
  }
}

function checkLd(env: VerifierEnv): number {
  const mode = modeOf(env.insns.code[env.insnIdx]);
  if (mode === BPF_ABS || mode === BPF_IND) return checkLdAbs(env);
  if (mode !== BPF_IMM) {
    return reject(env, EINVAL, 'invalid BPF_LD mode\n');
  }
  const err = checkLdImm(env);
  if (err) return err;
  env.insnIdx++;
  env.aux.seen[env.insnIdx] = 1;
  return 0;
}

function checkByClass(env: VerifierEnv): number {
  const cls = classOf(env.insns.code[env.insnIdx]);
  switch (cls) {
    case BPF_ALU:
    case BPF_ALU64:
      return checkAluOp(env);
    case BPF_LDX:
      return checkLoadMem(env, false, true, 'ldx');
    case BPF_STX:
      return checkStx(env);
    case BPF_ST:
      return checkSt(env);
    case BPF_JMP:
    case BPF_JMP32:
      return checkJump(env);
    case BPF_LD:
      return checkLd(env);
    default:
      return reject(env, EINVAL, 'unknown insn class %d\n', cls);
  }
}

/**
 * One instruction against the current state; moves env.insnIdx on (do_check_insn(), Linux 6.18). 0, a negative
 * errno, PATH_END or FUNC_EXIT.
 */
export function checkInsn(env: VerifierEnv): number {
  const err = checkByClass(env);
  if (err === 0) env.insnIdx++;
  return err;
}
