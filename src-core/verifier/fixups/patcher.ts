import {
  BPF_CALL,
  BPF_EXIT,
  BPF_JA,
  BPF_JMP,
  BPF_JMP32,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  classOf,
  LD_IMM64,
  opOf,
} from '../../isa/opcodes.ts';
import { BpfInsns, type RawInsn } from '../../isa/program.ts';

/** What a slot's distance to another slot is kept in, if it has one. */
export function distanceField(insn: RawInsn): 'off' | 'imm' | null {
  if (insn.code === LD_IMM64) return insn.src === BPF_PSEUDO_FUNC ? 'imm' : null;
  const cls = classOf(insn.code);
  if (cls !== BPF_JMP && cls !== BPF_JMP32) return null;
  const op = opOf(insn.code);
  if (op === BPF_EXIT) return null;
  if (op === BPF_CALL) return insn.src === BPF_PSEUDO_CALL ? 'imm' : null;
  return cls === BPF_JMP32 && op === BPF_JA ? 'imm' : 'off';
}

/** A patched program: the slots, and where each old slot begins. */
export interface Patched {
  readonly insns: BpfInsns;
  /** New place of every old slot; [length] is the new length. */
  readonly starts: Int32Array;
}

/**
 * Replaces slots by several (bpf_patch_insn_data()). Distances between old slots are kept; jumps among the
 * instructions of one replacement are theirs. The old instruction may be part of what replaces it.
 */
export class Patcher {
  private readonly old: RawInsn[];
  private readonly patches = new Map<number, readonly RawInsn[]>();
  private prologue: readonly RawInsn[] = [];

  constructor(insns: BpfInsns) {
    this.old = Array.from({ length: insns.length }, (_, i) => insns.at(i));
  }

  at(i: number): RawInsn {
    return this.old[i];
  }
  get length(): number {
    return this.old.length;
  }
  replace(i: number, insns: readonly RawInsn[]): void {
    this.patches.set(i, insns);
  }
  /** Runs once before the first slot: jumps to that slot pass it by. */
  prepend(insns: readonly RawInsn[]): void {
    this.prologue = insns;
  }

  finish(): Patched {
    const starts = new Int32Array(this.old.length + 1);
    let at = this.prologue.length;
    this.old.forEach((_, i) => {
      starts[i] = at;
      at += this.patches.get(i)?.length ?? 1;
    });
    starts[this.old.length] = at;
    const out = new BpfInsns(at);
    this.prologue.forEach((insn, i) => {
      out.set(i, insn);
    });
    this.old.forEach((old, i) => {
      const insns = this.patches.get(i) ?? [old];
      insns.forEach((insn, j) => {
        const place = starts[i] + j;
        out.set(place, insn === old ? moved(old, i, place, starts) : insn);
      });
    });
    return { insns: out, starts };
  }
}

/** The old instruction of slot `i` at its new place. */
function moved(old: RawInsn, i: number, place: number, starts: Int32Array): RawInsn {
  const field = distanceField(old);
  if (field === null) return old;
  const distance = starts[i + 1 + old[field]] - place - 1;
  return { ...old, [field]: distance };
}
