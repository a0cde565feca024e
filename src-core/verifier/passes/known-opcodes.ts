import * as op from '../../isa/opcodes.ts';

const BINARY_ALU = [
  op.BPF_ADD,
  op.BPF_SUB,
  op.BPF_MUL,
  op.BPF_DIV,
  op.BPF_OR,
  op.BPF_AND,
  op.BPF_LSH,
  op.BPF_RSH,
  op.BPF_MOD,
  op.BPF_XOR,
  op.BPF_MOV,
  op.BPF_ARSH,
];
const CONDITIONS = [
  op.BPF_JEQ,
  op.BPF_JGT,
  op.BPF_JGE,
  op.BPF_JSET,
  op.BPF_JNE,
  op.BPF_JSGT,
  op.BPF_JSGE,
  op.BPF_JLT,
  op.BPF_JLE,
  op.BPF_JSLT,
  op.BPF_JSLE,
];
const SIZES = [op.BPF_B, op.BPF_H, op.BPF_W, op.BPF_DW];

const BOTH_SOURCES = [op.BPF_K, op.BPF_X];

function cross(classes: readonly number[], ops: readonly number[], last: readonly number[]): number[] {
  return classes.flatMap((c) => ops.flatMap((o) => last.map((l) => c | o | l)));
}

const KNOWN: ReadonlySet<number> = new Set([
  ...cross([op.BPF_ALU, op.BPF_ALU64], BINARY_ALU, BOTH_SOURCES),
  ...cross([op.BPF_JMP, op.BPF_JMP32], CONDITIONS, BOTH_SOURCES),
  ...cross([op.BPF_LDX, op.BPF_ST, op.BPF_STX], [op.BPF_MEM], SIZES),
  ...cross([op.BPF_STX], [op.BPF_ATOMIC], SIZES),
  ...cross([op.BPF_LDX], [op.BPF_MEMSX], [op.BPF_B, op.BPF_H, op.BPF_W]),
  ...cross([op.BPF_LD], [op.BPF_ABS, op.BPF_IND], [op.BPF_B, op.BPF_H, op.BPF_W]),
  op.BPF_ALU | op.BPF_NEG,
  op.BPF_ALU64 | op.BPF_NEG,
  op.BPF_ALU | op.BPF_END | op.BPF_TO_LE,
  op.BPF_ALU | op.BPF_END | op.BPF_TO_BE,
  op.BPF_ALU64 | op.BPF_END | op.BPF_TO_LE,
  op.BPF_JMP | op.BPF_CALL,
  op.BPF_JMP | op.BPF_EXIT,
  op.BPF_JMP | op.BPF_JA,
  op.BPF_JMP32 | op.BPF_JA,
  op.BPF_JMP | op.BPF_JCOND,
  op.LD_IMM64,
]);

/** bpf_opcode_in_insntable(): is this byte an instruction of Linux 6.18? */
export function isKnownOpcode(code: number): boolean {
  return KNOWN.has(code);
}
