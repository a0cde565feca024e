import {
  BPF_CALL,
  BPF_EXIT,
  BPF_JA,
  BPF_JMP,
  BPF_JMP32,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  LD_IMM64,
} from '../isa/opcodes.ts';
import { BpfInsns, type RawInsn } from '../isa/program.ts';
import type { ProgramSpec } from '../object/spec.ts';

/** A change of a program: instructions put before slot `at`, or one put in its place. */
export type Edit =
  | { readonly kind: 'insert'; readonly at: number; readonly insns: readonly RawInsn[] }
  | { readonly kind: 'replace'; readonly at: number; readonly insn: RawInsn };

const classOf = (code: number): number => code & 7;
const opOf = (code: number): number => code & 0xf0;

/** The field in which an instruction names another by distance, or null. */
function distanceField(insn: RawInsn): 'off' | 'imm' | null {
  if (insn.code === LD_IMM64) return insn.src === BPF_PSEUDO_FUNC ? 'imm' : null;
  const cls = classOf(insn.code);
  if (cls !== BPF_JMP && cls !== BPF_JMP32) return null;
  const op = opOf(insn.code);
  if (op === BPF_EXIT) return null;
  if (op === BPF_CALL) return insn.src === BPF_PSEUDO_CALL ? 'imm' : null;
  return op === BPF_JA && cls === BPF_JMP32 ? 'imm' : 'off';
}

/** Records of `size` bytes whose first word is an instruction offset, after `count` slots were put before `at`. */
function shiftRecords(records: Uint8Array, size: number, at: number, count: number): Uint8Array {
  const out = records.slice();
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  for (let pos = 0; pos + size <= out.length; pos += size) {
    const insn = view.getUint32(pos, true);
    if (insn > at) view.setUint32(pos, insn + count, true);
  }
  return out;
}

/** Jumps to `at` then run what was put before it; what stood there keeps its line. */
function insert(prog: ProgramSpec, at: number, added: readonly RawInsn[]): ProgramSpec {
  const old = BpfInsns.fromBytes(prog.insns);
  const count = added.length;
  const moved = (slot: number): number => (slot >= at ? slot + count : slot);
  const target = (slot: number): number => (slot > at ? slot + count : slot);
  const code: RawInsn[] = [];
  for (let i = 0; i < old.length; i++) {
    if (i === at) code.push(...added);
    const insn = old.at(i);
    const field = distanceField(insn);
    if (field === null) {
      code.push(insn);
    } else {
      const to = i + 1 + insn[field];
      code.push({ ...insn, [field]: target(to) - moved(i) - 1 });
    }
    if (insn.code === LD_IMM64) code.push(old.at(++i));
  }
  return {
    ...prog,
    insns: BpfInsns.fromRaw(code).toBytes(),
    fixups: prog.fixups.map((f) => ({ ...f, insn: moved(f.insn) })),
    funcInfo: shiftRecords(prog.funcInfo, 8, at, count),
    lineInfo: shiftRecords(prog.lineInfo, 16, at, count),
    subprograms: prog.subprograms.map((s) => ({ ...s, start: target(s.start) })),
  };
}

/** The program with the edit made: jumps, calls, line and function info follow. */
export function applyEdit(prog: ProgramSpec, edit: Edit): ProgramSpec {
  if (edit.kind === 'insert') return insert(prog, edit.at, edit.insns);
  const insns = BpfInsns.fromBytes(prog.insns);
  const code = Array.from({ length: insns.length }, (_, i) => (i === edit.at ? edit.insn : insns.at(i)));
  return { ...prog, insns: BpfInsns.fromRaw(code).toBytes() };
}
