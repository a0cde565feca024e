import {
  BPF_ALU,
  BPF_ALU64,
  BPF_B,
  BPF_CALL,
  BPF_DW,
  BPF_H,
  BPF_JMP,
  BPF_JMP32,
  BPF_K,
  BPF_LDX,
  BPF_MEM,
  BPF_MOV,
  BPF_ST,
  BPF_STX,
  BPF_W,
  BPF_X,
  classOf,
} from '../../isa/opcodes.ts';
import type { RawInsn } from '../../isa/program.ts';

/** Instructions that fixups write, by the kernel's macros (include/linux/filter.h). */

/** BPF_REG_AX: only the kernel uses it. */
export const AX = 11;

const SIZE_CODE: Readonly<Record<number, number>> = { 1: BPF_B, 2: BPF_H, 4: BPF_W, 8: BPF_DW };

export const raw = (code: number, dst: number, src: number, off: number, imm: number): RawInsn => ({
  code,
  dst,
  src,
  off,
  imm,
});
/** dst = *(uN *)(src + off); `bytes` is 1, 2, 4 or 8. */
export const ldx = (bytes: number, dst: number, src: number, off: number): RawInsn =>
  raw(BPF_LDX | BPF_MEM | SIZE_CODE[bytes], dst, src, off, 0);
export const stx = (bytes: number, dst: number, src: number, off: number): RawInsn =>
  raw(BPF_STX | BPF_MEM | SIZE_CODE[bytes], dst, src, off, 0);
export const st = (bytes: number, dst: number, off: number, imm: number): RawInsn =>
  raw(BPF_ST | BPF_MEM | SIZE_CODE[bytes], dst, 0, off, imm);
/** The store `si`, of another size and at another place (BPF_EMIT_STORE()). */
export const storeAs = (si: RawInsn, bytes: number, off: number): RawInsn =>
  raw(classOf(si.code) | BPF_MEM | SIZE_CODE[bytes], si.dst, si.src, off, si.imm);
export const alu64Imm = (op: number, dst: number, imm: number): RawInsn =>
  raw(BPF_ALU64 | op | BPF_K, dst, 0, 0, imm);
export const alu64Reg = (op: number, dst: number, src: number): RawInsn =>
  raw(BPF_ALU64 | op | BPF_X, dst, src, 0, 0);
export const alu32Imm = (op: number, dst: number, imm: number): RawInsn =>
  raw(BPF_ALU | op | BPF_K, dst, 0, 0, imm);
export const alu32Reg = (op: number, dst: number, src: number): RawInsn =>
  raw(BPF_ALU | op | BPF_X, dst, src, 0, 0);
export const movImm = (dst: number, imm: number): RawInsn => alu64Imm(BPF_MOV, dst, imm);
export const movReg = (dst: number, src: number): RawInsn => alu64Reg(BPF_MOV, dst, src);
export const jmpImm = (op: number, dst: number, imm: number, off: number): RawInsn =>
  raw(BPF_JMP | op | BPF_K, dst, 0, off, imm);
export const jmp32Imm = (op: number, dst: number, imm: number, off: number): RawInsn =>
  raw(BPF_JMP32 | op | BPF_K, dst, 0, off, imm);
export const call = (imm: number): RawInsn => raw(BPF_JMP | BPF_CALL, 0, 0, 0, imm);
