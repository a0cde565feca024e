import {
  BPF_ALU,
  BPF_ALU64,
  BPF_B,
  BPF_CALL,
  BPF_DW,
  BPF_H,
  BPF_JMP,
  BPF_LD,
  BPF_LDX,
  BPF_ST,
  BPF_STX,
  BPF_W,
  BPF_X,
  classOf,
  LD_IMM64,
  modeOf,
  sizeBytes,
  sizeOf,
} from '../../isa/opcodes.ts';
import type { Code } from '../model.ts';
import { CoreError } from './kinds.ts';
import type { CoreResult } from './value.ts';

/** The helper id of a poisoned instruction, "bad relo" (bpf_core_poison_insn()). */
export const CORE_POISON = 195896080;

const u64 = (v: number): bigint => BigInt.asUintN(64, BigInt(v));
const s32 = (v: bigint): number => Number(BigInt.asIntN(32, v));

function poison(code: Code, at: number): void {
  const wide = code[at].code === LD_IMM64;
  code[at] = { code: BPF_JMP | BPF_CALL, dst: 0, src: 0, off: 0, imm: CORE_POISON };
  if (wide && at + 1 < code.length) code[at + 1] = code[at];
}

/** bpf_core_patch_insn(): writes the target's value where the local one stood. */
export function patchInsn(code: Code, at: number, res: CoreResult): void {
  if (res.poison) {
    poison(code, at);
    return;
  }
  switch (classOf(code[at].code)) {
    case BPF_ALU:
    case BPF_ALU64:
      patchAlu(code, at, res);
      return;
    case BPF_LDX:
    case BPF_ST:
    case BPF_STX:
      patchMem(code, at, res);
      return;
    case BPF_LD:
      patchImm64(code, at, res);
      return;
    default:
      throw new CoreError(
        `trying to relocate unrecognized insn #${at}, code:0x${code[at].code.toString(16)}`,
      );
  }
}

function expect(what: string, at: number, got: bigint, res: CoreResult): void {
  if (res.validate && got !== res.orig) {
    throw new CoreError(`unexpected insn #${at} (${what}) value: got ${got}, exp ${res.orig} -> ${res.next}`);
  }
}

function patchAlu(code: Code, at: number, res: CoreResult): void {
  const insn = code[at];
  if ((insn.code & BPF_X) !== 0) throw new CoreError(`insn #${at} has no immediate to relocate`);
  expect('ALU/ALU64', at, u64(insn.imm), res);
  code[at] = { ...insn, imm: s32(res.next) };
}

function patchMem(code: Code, at: number, res: CoreResult): void {
  const insn = code[at];
  expect('LDX/ST/STX', at, u64(insn.off), res);
  if (res.next > 32767n) throw new CoreError(`insn #${at} (LDX/ST/STX) value too big: ${res.next}`);
  if (res.failMemSize) {
    poison(code, at);
    return;
  }
  code[at] = { ...insn, off: Number(res.next), code: resize(insn.code, at, res) };
}

const SIZES: Readonly<Record<number, number>> = { 1: BPF_B, 2: BPF_H, 4: BPF_W, 8: BPF_DW };

function resize(opcode: number, at: number, res: CoreResult): number {
  if (res.nextSize === res.origSize) return opcode;
  const bytes = sizeBytes(sizeOf(opcode));
  if (bytes !== res.origSize) {
    throw new CoreError(`insn #${at} (LDX/ST/STX) unexpected mem size: got ${bytes}, exp ${res.origSize}`);
  }
  const size = SIZES[res.nextSize];
  if (size === undefined)
    throw new CoreError(`insn #${at} (LDX/ST/STX) invalid new mem size: ${res.nextSize}`);
  return modeOf(opcode) | size | classOf(opcode);
}

function patchImm64(code: Code, at: number, res: CoreResult): void {
  const lo = code[at];
  const hi = code[at + 1];
  const plain = hi !== undefined && lo.code === LD_IMM64 && lo.src === 0 && lo.off === 0;
  if (!plain || hi.code !== 0 || hi.dst !== 0 || hi.src !== 0 || hi.off !== 0) {
    throw new CoreError(`insn #${at} (LDIMM64) has unexpected form`);
  }
  expect('LDIMM64', at, (BigInt(hi.imm >>> 0) << 32n) | BigInt(lo.imm >>> 0), res);
  code[at] = { ...lo, imm: s32(res.next) };
  code[at + 1] = { ...hi, imm: s32(res.next >> 32n) };
}
