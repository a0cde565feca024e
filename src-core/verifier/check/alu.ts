import {
  BPF_ADD,
  BPF_ADDR_SPACE_CAST,
  BPF_ALU,
  BPF_ALU64,
  BPF_AND,
  BPF_ARSH,
  BPF_DIV,
  BPF_END,
  BPF_K,
  BPF_LSH,
  BPF_MOD,
  BPF_MOV,
  BPF_NEG,
  BPF_OR,
  BPF_RSH,
  BPF_SUB,
  BPF_TO_LE,
  BPF_X,
  classOf,
  opOf,
  srcOf,
} from '../../isa/opcodes.ts';
import {
  byteSwapMutates,
  forkableScalarWidth,
  isSafeToComputeDstRegRange,
  scalarAlu,
} from '../domain/alu.ts';
import { regBoundsSync } from '../domain/bounds.ts';
import { coerceRegToSizeSx, coerceSubregToSizeSx, zext32To64 } from '../domain/coerce.ts';
import { markReg32Known } from '../domain/reg.ts';
import { markChainPrecision } from '../explore/precision.ts';
import { pushStack } from '../explore/worklist.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EFAULT, EINVAL } from '../state/errno.ts';
import { BPF_ADD_CONST, BPF_ADD_CONST32, BPF_ADD_CONST64, type Reg } from '../state/reg.ts';
import { PTR_TO_ARENA, SCALAR_VALUE } from '../state/reg-type.ts';
import { adjustPtrMinMaxVals, BPF_ALU_STRING } from './ptr-arith.ts';
import { checkDstReg, checkDstRegNoMark, checkSrcReg } from './reg-arg.ts';
import {
  clearScalarId,
  isRegConst,
  markRegKnown,
  markRegKnownImm,
  markRegUnknown,
  regWidth,
  umax,
  valHi,
  valLo,
  varOffConst,
} from './regs.ts';
import { regBoundsSanityCheck } from './sanity.ts';
import { assignScalarIdBeforeMov } from './scalar-id.ts';

/** A value that is exactly 0 or -1 is walked as two paths (maybe_fork_scalars(), Linux 6.18). */
function maybeForkScalars(env: VerifierEnv, dst: Reg, dstRegno: number): number {
  const width = forkableScalarWidth(dst.a, dst.o);
  if (width === null) return 0;
  const branch = pushStack(env, env.insnIdx, env.insnIdx, false);
  if (branch === null) return -EFAULT;
  const other = branch.reg(dstRegno);
  if (width === 32) {
    markReg32Known(other.a, other.o, 0);
    markReg32Known(dst.a, dst.o, -1);
  } else {
    markRegKnown(other, 0, 0);
    markRegKnown(dst, -1, -1);
  }
  return 0;
}

/** adjust_scalar_min_max_vals(), Linux 6.18: both operands are scalars. */
function adjustScalarMinMaxVals(env: VerifierEnv, dst: Reg, src: Reg): number {
  const code = env.insns.code[env.insnIdx];
  const imm = env.insns.imm[env.insnIdx];
  const op = opOf(code);
  if (!isSafeToComputeDstRegRange(code, src.a, src.o)) {
    markRegUnknown(dst);
    return 0;
  }
  if ((op === BPF_AND || op === BPF_OR) && varOffConst(src)) {
    const err = maybeForkScalars(env, dst, env.insns.dst[env.insnIdx]);
    if (err) return err;
  }
  if (op === BPF_NEG) {
    dst.off = dst.range = dst.mapUid = 0;
    dst.id = dst.refObjId = 0;
  }
  if (op === BPF_END && byteSwapMutates(code, imm)) clearScalarId(dst);
  scalarAlu(dst.a, dst.o, src.a, src.o, code, imm);
  return 0;
}

/** The distance that an addition or subtraction of `src` makes, if the tie to other registers can bear it. */
function linkDistance(code: number, dst: Reg, src: Reg): number | null {
  const alu32 = classOf(code) !== BPF_ALU64;
  const off = valLo(src);
  if ((dst.id & BPF_ADD_CONST) !== 0) return null;
  if (!alu32 && valHi(src) !== off >> 31) return null;
  if (opOf(code) === BPF_ADD) return off;
  return off === -0x8000_0000 ? null : -off;
}

/**
 * r += constant keeps the tie to the registers with the same id, as a constant distance. The reference kernel
 * does so for subtractions and 32-bit operations as well.
 */
function linkAddedConst(env: VerifierEnv, code: number, dst: Reg, src: Reg): void {
  const op = opOf(code);
  const alu32 = classOf(code) !== BPF_ALU64;
  const { insns, insnIdx } = env;
  const self = srcOf(code) === BPF_X && insns.src[insnIdx] === insns.dst[insnIdx];
  if ((op !== BPF_ADD && op !== BPF_SUB) || dst.id === 0 || self || !isRegConst(src, alu32)) {
    clearScalarId(dst);
    return;
  }
  const distance = linkDistance(code, dst, src);
  dst.off = distance ?? 0;
  dst.id = distance === null ? 0 : dst.id | (alu32 ? BPF_ADD_CONST32 : BPF_ADD_CONST64);
}

/** adjust_reg_min_max_vals(), Linux 6.18: every ALU operation but BPF_END, BPF_NEG and BPF_MOV. */
function adjustRegMinMaxVals(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const dstRegno = insns.dst[insnIdx];
  const srcRegno = insns.src[insnIdx];
  const dst = env.reg(dstRegno);
  const dstIsPtr = dst.type !== SCALAR_VALUE;
  let src: Reg;
  // Any arithmetic goes on arena pointers: they stay within the arena whatever they are.
  if (dst.type === PTR_TO_ARENA) return 0;
  if (srcOf(code) === BPF_X && env.reg(srcRegno).type === PTR_TO_ARENA) {
    dst.assign(env.reg(srcRegno));
    return 0;
  }
  if (srcOf(code) === BPF_X) {
    src = env.reg(srcRegno);
    if (src.type !== SCALAR_VALUE) {
      if (!dstIsPtr) {
        return markChainPrecision(env, dstRegno) || adjustPtrMinMaxVals(env, src, dst);
      }
      if (opOf(code) === BPF_SUB) {
        markRegUnknown(dst);
        return 0;
      }
      return reject(
        env,
        EACCES,
        'R%d pointer %s pointer prohibited\n',
        dstRegno,
        BPF_ALU_STRING[opOf(code) >> 4],
      );
    }
    if (dstIsPtr) return markChainPrecision(env, srcRegno) || adjustPtrMinMaxVals(env, dst, src);
    if (dst.precise) {
      const err = markChainPrecision(env, srcRegno);
      if (err) return err;
    }
  } else {
    src = env.offReg;
    src.clear();
    src.type = SCALAR_VALUE;
    markRegKnownImm(src, insns.imm[insnIdx]);
    if (dstIsPtr) return adjustPtrMinMaxVals(env, dst, src);
  }
  // A 32-bit operation cuts a wider value, which then is no constant away from anything.
  if (classOf(code) !== BPF_ALU64 && regWidth(dst) > 32) clearScalarId(dst);
  const err = adjustScalarMinMaxVals(env, dst, src);
  if (err) return err;
  linkAddedConst(env, code, dst, src);
  return 0;
}

function checkEndNeg(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const imm = insns.imm[insnIdx];
  const dstRegno = insns.dst[insnIdx];
  const reserved = insns.src[insnIdx] !== 0 || insns.off[insnIdx] !== 0;
  if (opOf(code) === BPF_NEG) {
    if (srcOf(code) !== BPF_K || reserved || imm !== 0) {
      return reject(env, EINVAL, 'BPF_NEG uses reserved fields\n');
    }
  } else if (
    reserved ||
    (imm !== 16 && imm !== 32 && imm !== 64) ||
    (classOf(code) === BPF_ALU64 && srcOf(code) !== BPF_TO_LE)
  ) {
    return reject(env, EINVAL, 'BPF_END uses reserved fields\n');
  }
  const err = checkSrcReg(env, dstRegno);
  if (err) return err;
  const dst = env.reg(dstRegno);
  if (dst.type !== SCALAR_VALUE) return checkDstReg(env, dstRegno);
  return checkDstRegNoMark(env, dstRegno) || adjustScalarMinMaxVals(env, dst, dst);
}

/** Reserved fields of BPF_MOV; 0 when they are well. */
function checkMovFields(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const off = insns.off[insnIdx];
  const imm = insns.imm[insnIdx];
  if (srcOf(code) !== BPF_X) {
    if (insns.src[insnIdx] === 0 && off === 0) return 0;
  } else if (classOf(code) === BPF_ALU) {
    if ((off === 0 || off === 8 || off === 16) && imm === 0) return 0;
  } else if (off === BPF_ADDR_SPACE_CAST) {
    if (imm !== 1 && imm !== 1 << 16) {
      return reject(env, EINVAL, 'addr_space_cast insn can only convert between address space 1 and 0\n');
    }
    if (env.arena !== null) return 0;
    return reject(
      env,
      EINVAL,
      'addr_space_cast insn can only be used in a program that has an associated arena\n',
    );
  } else if ((off === 0 || off === 8 || off === 16 || off === 32) && imm === 0) {
    return 0;
  }
  return reject(env, EINVAL, 'BPF_MOV uses reserved fields\n');
}

/** Does the value fit in the low `bits - 1` bits, so that sign extension changes nothing? */
const noSignExtension = (src: Reg, bits: number): boolean => umax(src) < 2 ** (bits - 1);

function movReg64(env: VerifierEnv, dst: Reg, src: Reg, bits: number): void {
  if (bits === 0) {
    assignScalarIdBeforeMov(env, src);
    dst.assign(src);
    return;
  }
  if (src.type !== SCALAR_VALUE) {
    markRegUnknown(dst);
    return;
  }
  const noSext = noSignExtension(src, bits);
  if (noSext) assignScalarIdBeforeMov(env, src);
  dst.assign(src);
  if (!noSext) clearScalarId(dst);
  coerceRegToSizeSx(dst.a, dst.o, bits >> 3);
}

function movReg32(env: VerifierEnv, dst: Reg, src: Reg, bits: number): void {
  if (src.type === SCALAR_VALUE) {
    const keepsValue = bits === 0 ? regWidth(src) <= 32 : noSignExtension(src, bits);
    if (keepsValue) assignScalarIdBeforeMov(env, src);
    dst.assign(src);
    if (!keepsValue) clearScalarId(dst);
    if (bits !== 0) coerceSubregToSizeSx(dst.a, dst.o, bits >> 3);
  } else {
    markRegUnknown(dst);
  }
  zext32To64(dst.a, dst.o);
  regBoundsSync(dst.a, dst.o);
}

function checkMov(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const dstRegno = insns.dst[insnIdx];
  const fromReg = srcOf(code) === BPF_X;
  let err = checkMovFields(env);
  if (!err && fromReg) err = checkSrcReg(env, insns.src[insnIdx]);
  err = err || checkDstRegNoMark(env, dstRegno);
  if (err) return err;
  const dst = env.reg(dstRegno);
  const is64 = classOf(code) === BPF_ALU64;
  if (!fromReg) {
    const imm = insns.imm[insnIdx];
    markRegUnknown(dst);
    markRegKnown(dst, imm, is64 ? imm >> 31 : 0);
  } else if (is64 && insns.off[insnIdx] === BPF_ADDR_SPACE_CAST) {
    markRegUnknown(dst);
    if (insns.imm[insnIdx] === 1) dst.type = PTR_TO_ARENA;
  } else if (is64) {
    movReg64(env, dst, env.reg(insns.src[insnIdx]), insns.off[insnIdx]);
  } else {
    movReg32(env, dst, env.reg(insns.src[insnIdx]), insns.off[insnIdx]);
  }
  return 0;
}

function checkBinary(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const op = opOf(code);
  const off = insns.off[insnIdx];
  const imm = insns.imm[insnIdx];
  const badOff = (off !== 0 && off !== 1) || (off === 1 && op !== BPF_MOD && op !== BPF_DIV);
  const fromReg = srcOf(code) === BPF_X;
  if (badOff || (fromReg ? imm !== 0 : insns.src[insnIdx] !== 0)) {
    return reject(env, EINVAL, 'BPF_ALU uses reserved fields\n');
  }
  let err = fromReg ? checkSrcReg(env, insns.src[insnIdx]) : 0;
  err = err || checkSrcReg(env, insns.dst[insnIdx]);
  if (err) return err;
  if ((op === BPF_MOD || op === BPF_DIV) && !fromReg && imm === 0) {
    return reject(env, EINVAL, 'div by zero\n');
  }
  if ((op === BPF_LSH || op === BPF_RSH || op === BPF_ARSH) && !fromReg) {
    const size = classOf(code) === BPF_ALU64 ? 64 : 32;
    if (imm < 0 || imm >= size) {
      return reject(env, EINVAL, 'invalid shift %d\n', imm);
    }
  }
  return checkDstRegNoMark(env, insns.dst[insnIdx]) || adjustRegMinMaxVals(env);
}

/** check_alu_op(), Linux 6.18. */
export function checkAluOp(env: VerifierEnv): number {
  const op = opOf(env.insns.code[env.insnIdx]);
  let err: number;
  if (op === BPF_END || op === BPF_NEG) {
    err = checkEndNeg(env);
  } else if (op === BPF_MOV) {
    err = checkMov(env);
  } else if (op > BPF_END) {
    return reject(env, EINVAL, 'invalid BPF_ALU opcode %x\n', op);
  } else {
    err = checkBinary(env);
  }
  return err || regBoundsSanityCheck(env, env.reg(env.insns.dst[env.insnIdx]), 'alu');
}
