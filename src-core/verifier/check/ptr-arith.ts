import { BPF_ADD, BPF_ALU64, BPF_AND, BPF_OR, BPF_SUB, BPF_XOR, classOf, opOf } from '../../isa/opcodes.ts';
import { s64ToDec } from '../../util/int64.ts';
import { regBoundsSync } from '../domain/bounds.ts';
import { SMAX_LO, SMIN_LO, UMAX_LO, UMIN_LO, VAL_LO } from '../domain/layout.ts';
import { markReg32Unbounded, markRegS64Unbounded, markRegU64Unbounded } from '../domain/reg.ts';
import { tnumAdd, tnumSub } from '../domain/tnum.ts';
import { addS64, addU64, copy64, equal64, slt, subS64, ult } from '../domain/words.ts';
import { regTypeStr } from '../log/state.ts';
import { blame, reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EINVAL } from '../state/errno.ts';
import { Reg } from '../state/reg.ts';
import {
  baseType,
  CONST_PTR_TO_DYNPTR,
  CONST_PTR_TO_MAP,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_CTX,
  PTR_TO_FLOW_KEYS,
  PTR_TO_FUNC,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_STACK,
  PTR_TO_TP_BUFFER,
  PTR_UNTRUSTED,
} from '../state/reg-type.ts';
import { markRegUnknown, regIsPktPointer, smin, valHi, valLo, varOffConst } from './regs.ts';

/** Largest distance that arithmetic may move a pointer. */
export const BPF_MAX_VAR_OFF = 1 << 29;

/** bpf_alu_string[]: the operator as the disassembler writes it, by opcode >> 4. */
export const BPF_ALU_STRING = [
  '+=',
  '-=',
  '*=',
  '/=',
  '|=',
  '&=',
  '<<=',
  '>>=',
  'neg',
  '%=',
  '^=',
  '=',
  's>>=',
  'endian',
];

const outOfRange = (v: number): boolean => v >= BPF_MAX_VAR_OFF || v <= -BPF_MAX_VAR_OFF;
const TWO32 = 0x1_0000_0000;

/** check_reg_sane_offset(): false, and a message, when `reg` lies too far off. */
function checkRegSaneOffset(env: VerifierEnv, reg: Reg, type: number): boolean {
  if (varOffConst(reg) && outOfRange(valHi(reg) * TWO32 + (valLo(reg) >>> 0))) {
    blame(
      env,
      'math between %s pointer and %s is not allowed\n',
      regTypeStr(type),
      s64ToDec(valLo(reg), valHi(reg)),
    );
    return false;
  }
  if (outOfRange(reg.off)) {
    blame(env, '%s pointer offset %d is not allowed\n', regTypeStr(type), reg.off);
    return false;
  }
  const lo = reg.a[reg.o + SMIN_LO];
  const hi = reg.a[reg.o + SMIN_LO + 1];
  if (lo === 0 && hi === -0x8000_0000) {
    blame(
      env,
      'math between %s pointer and register with unbounded min value is not allowed\n',
      regTypeStr(type),
    );
    return false;
  }
  if (outOfRange(smin(reg))) {
    blame(env, 'value %s makes %s pointer be out of bounds\n', s64ToDec(lo, hi), regTypeStr(type));
    return false;
  }
  return true;
}

/** May this type of pointer be moved by the operation? */
function typeAllowsArithmetic(ptr: Reg, off: Reg, op: number): boolean {
  const known = varOffConst(off);
  switch (baseType(ptr.type)) {
    case PTR_TO_CTX:
    case PTR_TO_MAP_VALUE:
    case PTR_TO_MAP_KEY:
    case PTR_TO_STACK:
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET:
    case PTR_TO_TP_BUFFER:
    case PTR_TO_BTF_ID:
    case PTR_TO_MEM:
    case PTR_TO_BUF:
    case PTR_TO_FUNC:
    case CONST_PTR_TO_DYNPTR:
      return true;
    case PTR_TO_FLOW_KEYS:
      if (known) return true;
      return false;
    case CONST_PTR_TO_MAP:
      return known && smin(off) === 0 && op === BPF_ADD;
    default:
      return false;
  }
}

/** Copies taken before the destination, which may be either operand, changes. */
const ptrCopy = Reg.alone();
const offCopy = Reg.alone();

/** The offset `off + sign * value` where it is known and fits in 32 bits, else null. */
function knownOffset(ptr: Reg, off: Reg, sign: 1 | -1): number | null {
  if (!varOffConst(off)) return null;
  const sum = ptr.off + sign * smin(off);
  return sum === (sum | 0) ? sum : null;
}

function keepBounds(dst: Reg, ptr: Reg): void {
  const { a, o } = dst;
  copy64(a, o + SMIN_LO, ptr.a, ptr.o + SMIN_LO);
  copy64(a, o + SMAX_LO, ptr.a, ptr.o + SMAX_LO);
  copy64(a, o + UMIN_LO, ptr.a, ptr.o + UMIN_LO);
  copy64(a, o + UMAX_LO, ptr.a, ptr.o + UMAX_LO);
  copy64(a, o + VAL_LO, ptr.a, ptr.o + VAL_LO);
  copy64(a, o + VAL_LO + 2, ptr.a, ptr.o + VAL_LO + 2);
}

function keepUnion(dst: Reg, ptr: Reg): void {
  dst.range = ptr.range;
  dst.mapUid = ptr.mapUid;
}

const word = (reg: Reg, at: number): [number, number] => [reg.a[reg.o + at], reg.a[reg.o + at + 1]];

function addVarOff(env: VerifierEnv, dst: Reg, ptr: Reg, off: Reg): void {
  keepBounds(dst, ptr);
  const { a, o } = dst;
  if (addS64(a, o + SMIN_LO, ...word(off, SMIN_LO)) || addS64(a, o + SMAX_LO, ...word(off, SMAX_LO))) {
    markRegS64Unbounded(a, o);
  }
  if (addU64(a, o + UMIN_LO, ...word(off, UMIN_LO)) || addU64(a, o + UMAX_LO, ...word(off, UMAX_LO))) {
    markRegU64Unbounded(a, o);
  }
  tnumAdd(a, o, ptr.a, ptr.o, off.a, off.o);
  dst.off = ptr.off;
  keepUnion(dst, ptr);
  if (!regIsPktPointer(ptr)) return;
  dst.id = env.newId();
  dst.range = dst.mapUid = 0;
}

function subVarOff(env: VerifierEnv, dst: Reg, ptr: Reg, off: Reg): void {
  keepBounds(dst, ptr);
  const { a, o } = dst;
  if (subS64(a, o + SMIN_LO, ...word(off, SMAX_LO)) || subS64(a, o + SMAX_LO, ...word(off, SMIN_LO))) {
    markRegS64Unbounded(a, o);
  }
  if (ult(ptr.a, ptr.o + UMIN_LO, off.a, off.o + UMAX_LO)) {
    markRegU64Unbounded(a, o);
  } else {
    sub64(a, o + UMIN_LO, off, UMAX_LO);
    sub64(a, o + UMAX_LO, off, UMIN_LO);
  }
  tnumSub(a, o, ptr.a, ptr.o, off.a, off.o);
  dst.off = ptr.off;
  keepUnion(dst, ptr);
  if (!regIsPktPointer(ptr)) return;
  dst.id = env.newId();
  if (smin(off) < 0) dst.range = dst.mapUid = 0;
}

function sub64(a: Int32Array, i: number, b: Reg, at: number): void {
  const bLo = b.a[b.o + at];
  const borrow = a[i] >>> 0 < bLo >>> 0 ? 1 : 0;
  a[i] -= bLo;
  a[i + 1] -= b.a[b.o + at + 1] + borrow;
}

/** The operation itself; `scalarIsDst` for "scalar op= pointer". */
function movePointer(env: VerifierEnv, dst: Reg, ptr: Reg, off: Reg, scalarIsDst: boolean): number {
  const { insns, insnIdx } = env;
  const op = opOf(insns.code[insnIdx]);
  const regno = insns.dst[insnIdx];
  switch (op) {
    case BPF_ADD: {
      const sum = knownOffset(ptr, off, 1);
      if (sum === null) {
        addVarOff(env, dst, ptr, off);
      } else {
        keepBounds(dst, ptr);
        dst.off = sum;
        keepUnion(dst, ptr);
      }
      return 0;
    }
    case BPF_SUB: {
      if (scalarIsDst) {
        return reject(env, EACCES, 'R%d tried to subtract pointer from scalar\n', regno);
      }
      if (ptr.type === PTR_TO_STACK) {
        return reject(env, EACCES, 'R%d subtraction from stack pointer prohibited\n', regno);
      }
      const diff = knownOffset(ptr, off, -1);
      if (diff === null) {
        subVarOff(env, dst, ptr, off);
      } else {
        keepBounds(dst, ptr);
        dst.id = ptr.id;
        dst.off = diff;
        keepUnion(dst, ptr);
      }
      return 0;
    }
    case BPF_AND:
    case BPF_OR:
    case BPF_XOR:
      return reject(
        env,
        EACCES,
        'R%d bitwise operator %s on pointer prohibited\n',
        regno,
        BPF_ALU_STRING[op >> 4],
      );
    default:
      return reject(
        env,
        EACCES,
        'R%d pointer arithmetic with %s operator prohibited\n',
        regno,
        BPF_ALU_STRING[op >> 4],
      );
  }
}

/** Bounds that a dead branch left inverted. */
function offsetIsImpossible(off: Reg): boolean {
  const { a, o } = off;
  const differ = !equal64(a, o + SMIN_LO, a, o + SMAX_LO) || !equal64(a, o + UMIN_LO, a, o + UMAX_LO);
  return (
    (varOffConst(off) && differ) || slt(a, o + SMAX_LO, a, o + SMIN_LO) || ult(a, o + UMAX_LO, a, o + UMIN_LO)
  );
}

/** adjust_ptr_min_max_vals(), Linux 6.18: a pointer and a scalar; one of them is the destination. */
export function adjustPtrMinMaxVals(env: VerifierEnv, ptrReg: Reg, offReg: Reg): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const op = opOf(code);
  const regno = insns.dst[insnIdx];
  const dst = env.reg(regno);
  if (offsetIsImpossible(offReg)) {
    markRegUnknown(dst);
    return 0;
  }
  if (classOf(code) !== BPF_ALU64) {
    if (op === BPF_SUB) {
      markRegUnknown(dst);
      return 0;
    }
    return reject(env, EACCES, 'R%d 32-bit pointer arithmetic prohibited\n', regno);
  }
  if ((ptrReg.type & PTR_MAYBE_NULL) !== 0) {
    return reject(
      env,
      EACCES,
      'R%d pointer arithmetic on %s prohibited, null-check it first\n',
      regno,
      regTypeStr(ptrReg.type),
    );
  }
  if (baseType(ptrReg.type) === PTR_TO_MEM && (ptrReg.type & PTR_UNTRUSTED) !== 0) return 0;
  if (!typeAllowsArithmetic(ptrReg, offReg, op)) {
    return reject(env, EACCES, 'R%d pointer arithmetic on %s prohibited\n', regno, regTypeStr(ptrReg.type));
  }
  const scalarIsDst = dst === offReg;
  dst.type = ptrReg.type;
  dst.id = ptrReg.id;
  if (!checkRegSaneOffset(env, offReg, ptrReg.type) || !checkRegSaneOffset(env, ptrReg, ptrReg.type)) {
    return -EINVAL;
  }
  ptrCopy.assign(ptrReg);
  offCopy.assign(offReg);
  markReg32Unbounded(dst.a, dst.o);
  const err = movePointer(env, dst, ptrCopy, offCopy, scalarIsDst);
  if (err) return err;
  if (!checkRegSaneOffset(env, dst, ptrCopy.type)) return -EINVAL;
  regBoundsSync(dst.a, dst.o);
  return 0;
}
