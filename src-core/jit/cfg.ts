import { decodeAt, type Insn } from '../isa/decode.ts';
import type { BpfInsns } from '../isa/program.ts';

/** How control leaves a basic block; numbers are block indices, null an edge out of the subprogram. */
export type Exit =
  | { readonly kind: 'goto'; readonly to: number | null }
  | {
      readonly kind: 'cond';
      readonly insn: Insn;
      readonly taken: number | null;
      readonly next: number | null;
    }
  | { readonly kind: 'return' }
  /** An invalid instruction or an edge out of the program: running on is a fault. */
  | { readonly kind: 'fault'; readonly slot: number };

export interface BasicBlock {
  /** First slot. */
  readonly start: number;
  /** Straight-line instructions, the exit's own instruction left out. */
  readonly body: readonly { readonly slot: number; readonly insn: Insn }[];
  readonly exit: Exit;
}

/** Basic blocks of one subprogram that can be reached from its first slot; [0] is the entry. */
export interface Cfg {
  readonly blocks: readonly BasicBlock[];
}

const isTransfer = (insn: Insn): boolean => ['ja', 'jmp', 'mayGoto', 'exit'].includes(insn.meaning.kind);

/** Slots that a transfer at `slot` may go to. */
function targets(insn: Insn, slot: number): number[] {
  switch (insn.meaning.kind) {
    case 'ja':
      return [slot + 1 + (insn.meaning.long ? insn.raw.imm : insn.raw.off)];
    case 'jmp':
    case 'mayGoto':
      return [slot + 1, slot + 1 + insn.raw.off];
    default:
      return [];
  }
}

/** Marks the slots at which a block begins, by walking from the entry. */
function findLeaders(insns: BpfInsns, start: number, end: number): Set<number> {
  const leaders = new Set<number>();
  const work = [start];
  while (work.length > 0) {
    let slot = work.pop() as number;
    if (slot < start || slot >= end || leaders.has(slot)) continue;
    leaders.add(slot);
    for (;;) {
      const d = slot < end ? decodeAt(insns, slot) : null;
      if (d === null || !d.ok) break;
      if (isTransfer(d.insn)) {
        work.push(...targets(d.insn, slot));
        break;
      }
      slot += d.insn.slots;
    }
  }
  return leaders;
}

function buildBlock(
  insns: BpfInsns,
  start: number,
  end: number,
  blockAt: ReadonlyMap<number, number>,
): BasicBlock {
  const body: { slot: number; insn: Insn }[] = [];
  const indexOf = (slot: number): number | null => blockAt.get(slot) ?? null;
  let slot = start;
  for (;;) {
    if (slot !== start && blockAt.has(slot))
      return { start, body, exit: { kind: 'goto', to: indexOf(slot) } };
    const d = slot < end ? decodeAt(insns, slot) : null;
    if (d === null || !d.ok) return { start, body, exit: { kind: 'fault', slot } };
    if (isTransfer(d.insn)) return { start, body, exit: exitOf(d.insn, slot, indexOf) };
    body.push({ slot, insn: d.insn });
    slot += d.insn.slots;
  }
}

function exitOf(insn: Insn, slot: number, indexOf: (slot: number) => number | null): Exit {
  if (insn.meaning.kind === 'exit') return { kind: 'return' };
  const [first, second] = targets(insn, slot);
  if (second === undefined) return { kind: 'goto', to: indexOf(first) };
  return { kind: 'cond', insn, taken: indexOf(second), next: indexOf(first) };
}

/** The control-flow graph of the subprogram in slots [start, end). */
export function buildCfg(insns: BpfInsns, start: number, end: number): Cfg {
  const leaders = [...findLeaders(insns, start, end)].sort((a, b) => a - b);
  const blockAt = new Map(leaders.map((slot, i) => [slot, i]));
  return { blocks: leaders.map((slot) => buildBlock(insns, slot, end, blockAt)) };
}

/** Successors of a block inside the subprogram. */
export function successors(block: BasicBlock): number[] {
  const { exit } = block;
  const out = exit.kind === 'goto' ? [exit.to] : exit.kind === 'cond' ? [exit.taken, exit.next] : [];
  return out.filter((b): b is number => b !== null);
}
