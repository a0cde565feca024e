import {
  BPF_CALL,
  BPF_EXIT,
  BPF_JA,
  BPF_JMP,
  BPF_JMP32,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_KFUNC_CALL,
  classOf,
  LD_IMM64,
  opOf,
} from '../../isa/opcodes.ts';
import type { BpfInsns } from '../../isa/program.ts';

/** bpf_is_ldimm64(): the one instruction of two slots. */
export const isLdImm64 = (insns: BpfInsns, i: number): boolean => insns.code[i] === LD_IMM64;

/** bpf_helper_call() */
export const isHelperCall = (insns: BpfInsns, i: number): boolean =>
  insns.code[i] === (BPF_JMP | BPF_CALL) && insns.src[i] === 0;

/** bpf_pseudo_call() */
export const isSubprogCall = (insns: BpfInsns, i: number): boolean =>
  insns.code[i] === (BPF_JMP | BPF_CALL) && insns.src[i] === BPF_PSEUDO_CALL;

/** bpf_pseudo_kfunc_call() */
export const isKfuncCall = (insns: BpfInsns, i: number): boolean =>
  insns.code[i] === (BPF_JMP | BPF_CALL) && insns.src[i] === BPF_PSEUDO_KFUNC_CALL;

/** bpf_pseudo_func(): loads the address of a subprogram. */
export const isFuncLoad = (insns: BpfInsns, i: number): boolean =>
  isLdImm64(insns, i) && insns.src[i] === BPF_PSEUDO_FUNC;

/** Belongs to one of the two jump classes. */
export function isJumpClass(code: number): boolean {
  const cls = classOf(code);
  return cls === BPF_JMP || cls === BPF_JMP32;
}

/** bpf_jmp_offset(): gotol keeps its distance in imm. */
export function jmpOffset(insns: BpfInsns, i: number): number {
  return insns.code[i] === (BPF_JMP32 | BPF_JA) ? insns.imm[i] : insns.off[i];
}

/** May control go on to the next instruction? */
function canFallThrough(code: number): boolean {
  const op = opOf(code);
  return !isJumpClass(code) || (op !== BPF_EXIT && op !== BPF_JA);
}

/** May control go to the jump's target? Calls return to the next instruction. */
function canJump(code: number): boolean {
  const op = opOf(code);
  return isJumpClass(code) && op !== BPF_EXIT && op !== BPF_CALL && op < 0xf0;
}

/**
 * bpf_insn_successors(): writes the instructions that may follow `i` within its subprogram to `succ`, the
 * next one before the jump target, and returns their number.
 */
export function insnSuccessors(insns: BpfInsns, i: number, succ: Int32Array): number {
  const code = insns.code[i];
  let count = 0;
  if (canFallThrough(code)) succ[count++] = i + (isLdImm64(insns, i) ? 2 : 1);
  if (canJump(code)) succ[count++] = i + jmpOffset(insns, i) + 1;
  return count;
}
