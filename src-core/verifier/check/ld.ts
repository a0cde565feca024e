import {
  BPF_ABS,
  BPF_DW,
  BPF_IND,
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_IDX,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
  modeOf,
  sizeOf,
} from '../../isa/opcodes.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { pushStack } from '../explore/worklist.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EFAULT, EINVAL } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import {
  CONST_PTR_TO_MAP,
  MEM_RDONLY,
  PTR_TO_CTX,
  PTR_TO_FUNC,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  SCALAR_VALUE,
} from '../state/reg-type.ts';
import { prepareFuncExit } from './call-subprog.ts';
import { checkResourceLeak } from './refs.ts';
import { checkDstReg, checkSrcReg, clearCallerSavedRegs } from './reg-arg.ts';
import { checkPtrOffReg } from './regions.ts';
import { markRegKnown, markRegKnownZero, markRegUnknown } from './regs.ts';

function loadFunc(env: VerifierEnv, dst: Reg): number {
  const subprog = env.findSubprog(env.insnIdx + env.insns.imm[env.insnIdx] + 1);
  if (env.subprogs[0].name === null) {
    return reject(env, EINVAL, 'missing btf func_info\n');
  }
  if (env.subprogs[subprog].linkageGlobal) {
    return reject(env, EINVAL, 'callback function not static\n');
  }
  if (subprog === 0) return reject(env, EINVAL, 'callback function cannot be the main program\n');
  dst.type = PTR_TO_FUNC;
  dst.subprogno = subprog;
  return 0;
}

function loadMap(env: VerifierEnv, dst: Reg, src: number): number {
  const index = env.aux.mapIndex[env.insnIdx] - 1;
  const map = env.maps[index];
  dst.map = index;
  if (src === BPF_PSEUDO_MAP_VALUE || src === BPF_PSEUDO_MAP_IDX_VALUE) {
    if (map.type === BPF_MAP_TYPE.arena) {
      // A user address: a number until it is cast.
      markRegUnknown(dst);
      return 0;
    }
    dst.type = PTR_TO_MAP_VALUE;
    dst.off = env.aux.mapOff[env.insnIdx];
    return 0;
  }
  if (src === BPF_PSEUDO_MAP_FD || src === BPF_PSEUDO_MAP_IDX) {
    dst.type = CONST_PTR_TO_MAP;
    return 0;
  }
  return reject(env, EFAULT, 'verifier bug: unexpected src reg value for ldimm64\n');
}

/** The address of a kernel function: memory of which nothing can be read. */
function loadKernelSymbol(dst: Reg): number {
  dst.type = PTR_TO_MEM | MEM_RDONLY;
  dst.memSize = 0;
  return 0;
}

/** check_ld_imm(), Linux 6.18. */
export function checkLdImm(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  if (sizeOf(insns.code[insnIdx]) !== BPF_DW) {
    return reject(env, EINVAL, 'invalid BPF_LD_IMM insn\n');
  }
  if (insns.off[insnIdx] !== 0) {
    return reject(env, EINVAL, 'BPF_LD_IMM64 uses reserved fields\n');
  }
  const err = checkDstReg(env, insns.dst[insnIdx]);
  if (err) return err;
  const dst = env.reg(insns.dst[insnIdx]);
  const src = insns.src[insnIdx];
  if (src === 0) {
    dst.type = SCALAR_VALUE;
    markRegKnown(dst, insns.imm[insnIdx], insns.imm[insnIdx + 1]);
    return 0;
  }
  markRegKnownZero(dst);
  if (src === BPF_PSEUDO_BTF_ID) return loadKernelSymbol(dst);
  return src === BPF_PSEUDO_FUNC ? loadFunc(env, dst) : loadMap(env, dst, src);
}

/** check_ld_abs(), Linux 6.18: legacy packet loads, a call in disguise; the context must be in r6. */
export function checkLdAbs(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const mode = modeOf(code);
  if (!env.ops.ldAbs) {
    return reject(env, EINVAL, 'BPF_LD_[ABS|IND] instructions not allowed for this program type\n');
  }
  if (
    insns.dst[insnIdx] !== 0 ||
    insns.off[insnIdx] !== 0 ||
    sizeOf(code) === BPF_DW ||
    (mode === BPF_ABS && insns.src[insnIdx] !== 0)
  ) {
    return reject(env, EINVAL, 'BPF_LD_[ABS|IND] uses reserved fields\n');
  }
  let err =
    checkSrcReg(env, 6) || checkResourceLeak(env, { exception: false, checkLock: true }, 'BPF_LD_[ABS|IND]');
  if (err) return err;
  if (env.reg(6).type !== PTR_TO_CTX) {
    return reject(env, EINVAL, 'at the time of BPF_LD_ABS|IND R6 != pointer to skb\n');
  }
  if (mode === BPF_IND) {
    err = checkSrcReg(env, insns.src[insnIdx]);
    if (err) return err;
  }
  err = checkPtrOffReg(env, env.reg(6), 6, false);
  if (err < 0) return err;
  clearCallerSavedRegs(env);
  markRegUnknown(env.reg(0));
  return env.cur.curframe === 0 ? 0 : failInSubprog(env);
}

/**
 * A load past the end of the packet leaves the function with r0 = 0, which in a subprogram is a return to the
 * caller: that way is walked first, the successful load later.
 */
function failInSubprog(env: VerifierEnv): number {
  env.markRegScratched(0);
  const branch = pushStack(env, env.insnIdx + 1, env.insnIdx, false);
  if (branch === null) return -EFAULT;
  markRegKnownZero(env.reg(0));
  const err = prepareFuncExit(env);
  if (err) return err;
  env.insnIdx--;
  return 0;
}
