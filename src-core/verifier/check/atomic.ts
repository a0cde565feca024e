import {
  BPF_ADD,
  BPF_AND,
  BPF_CMPXCHG,
  BPF_DW,
  BPF_FETCH,
  BPF_LOAD_ACQ,
  BPF_OR,
  BPF_STORE_REL,
  BPF_W,
  BPF_XCHG,
  BPF_XOR,
  sizeBytes,
  sizeOf,
} from '../../isa/opcodes.ts';
import { regTypeStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EINVAL } from '../state/errno.ts';
import {
  PTR_TO_ARENA,
  PTR_TO_CTX,
  PTR_TO_FLOW_KEYS,
  typeIsPktPointer,
  typeIsSkPointer,
} from '../state/reg-type.ts';
import { checkLoadMem, checkMemAccess, checkStoreReg } from './mem.ts';
import { checkDstReg, checkSrcReg } from './reg-arg.ts';

/** Operations that the JIT of x86-64 cannot do in an arena (bpf_jit_supports_insn()). */
const NOT_IN_ARENA: ReadonlySet<number> = new Set([
  BPF_AND | BPF_FETCH,
  BPF_OR | BPF_FETCH,
  BPF_XOR | BPF_FETCH,
]);

/** atomic_ptr_type_ok() */
function ptrTypeOk(env: VerifierEnv, regno: number): boolean {
  const { type } = env.reg(regno);
  if (type === PTR_TO_ARENA) return !NOT_IN_ARENA.has(env.insns.imm[env.insnIdx]);
  return (
    type !== PTR_TO_CTX && !typeIsPktPointer(type) && type !== PTR_TO_FLOW_KEYS && !typeIsSkPointer(type)
  );
}

/** Register that receives the old value, or -1. */
function loadReg(imm: number, src: number): number {
  if ((imm & BPF_FETCH) === 0) return -1;
  return imm === BPF_CMPXCHG ? 0 : src;
}

/** check_atomic_rmw(), Linux 6.18. */
function checkRmw(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const imm = insns.imm[insnIdx];
  const dst = insns.dst[insnIdx];
  const src = insns.src[insnIdx];
  if (sizeOf(code) !== BPF_W && sizeOf(code) !== BPF_DW) {
    return reject(env, EINVAL, 'invalid atomic operand size\n');
  }
  let err = checkSrcReg(env, src) || checkSrcReg(env, dst);
  if (!err && imm === BPF_CMPXCHG) err = checkSrcReg(env, 0);
  if (err) return err;
  if (!ptrTypeOk(env, dst)) {
    return reject(
      env,
      EACCES,
      'BPF_ATOMIC stores into R%d %s is not allowed\n',
      dst,
      regTypeStr(env.reg(dst).type),
    );
  }
  const load = loadReg(imm, src);
  if (load >= 0) {
    err = checkDstReg(env, load);
    if (err) return err;
  }
  const access = { insnIdx, regno: dst, off: insns.off[insnIdx], size: sizeBytes(code), isLdsx: false };
  err = checkMemAccess(env, { ...access, write: false, valueRegno: -1 }, true);
  if (!err && load >= 0) err = checkMemAccess(env, { ...access, write: false, valueRegno: load }, true);
  return err || checkMemAccess(env, { ...access, write: true, valueRegno: -1 }, true);
}

function checkLoadAcquire(env: VerifierEnv): number {
  const err = checkLoadMem(env, true, false, 'atomic_load');
  if (err) return err;
  const src = env.insns.src[env.insnIdx];
  if (ptrTypeOk(env, src)) return 0;
  return reject(
    env,
    EACCES,
    'BPF_ATOMIC loads from R%d %s is not allowed\n',
    src,
    regTypeStr(env.reg(src).type),
  );
}

function checkStoreRelease(env: VerifierEnv): number {
  const err = checkStoreReg(env, true);
  if (err) return err;
  const dst = env.insns.dst[env.insnIdx];
  if (ptrTypeOk(env, dst)) return 0;
  return reject(
    env,
    EACCES,
    'BPF_ATOMIC stores into R%d %s is not allowed\n',
    dst,
    regTypeStr(env.reg(dst).type),
  );
}

/** check_atomic(), Linux 6.18. */
export function checkAtomic(env: VerifierEnv): number {
  const imm = env.insns.imm[env.insnIdx];
  switch (imm) {
    case BPF_ADD:
    case BPF_ADD | BPF_FETCH:
    case BPF_AND:
    case BPF_AND | BPF_FETCH:
    case BPF_OR:
    case BPF_OR | BPF_FETCH:
    case BPF_XOR:
    case BPF_XOR | BPF_FETCH:
    case BPF_XCHG:
    case BPF_CMPXCHG:
      return checkRmw(env);
    case BPF_LOAD_ACQ:
      return checkLoadAcquire(env);
    case BPF_STORE_REL:
      return checkStoreRelease(env);
    default:
      return reject(env, EINVAL, 'BPF_ATOMIC uses invalid atomic opcode %02x\n', imm);
  }
}
