import * as op from '../isa/opcodes.ts';
import { JMP_OPS } from '../isa/table.ts';
import type { Cursor } from './cursor.ts';
import { AsmFault } from './diagnostics.ts';
import { insn, type ParsedInsn, type Ref } from './insn.ts';

/** Looks a helper's name up; null for a name that is none. */
export type HelperId = (name: string) => number | null;

const TARGET = 'a label or an offset (+3)';

interface Target {
  readonly value: number;
  readonly ref: Ref | null;
}

/** `out`, `+3`, `pc+3`, `0x5`. */
export function parseTarget(cur: Cursor, field: 'off' | 'imm'): Target {
  if (cur.at('pc') && (cur.at('+', 1) || cur.at('-', 1))) cur.next();
  if (cur.isNumber()) return { value: field === 'off' ? cur.offset() : cur.imm32(), ref: null };
  const label = cur.word(TARGET);
  return { value: 0, ref: { kind: 'jump', field, label: label.text, place: label } };
}

export function parseGoto(cur: Cursor, word: string): ParsedInsn {
  if (word === 'gotol') {
    const { value, ref } = parseTarget(cur, 'imm');
    return insn({ kind: 'ja', long: true }, { imm: value }, ref);
  }
  const { value, ref } = parseTarget(cur, 'off');
  return insn(word === 'goto' ? { kind: 'ja', long: false } : { kind: 'mayGoto' }, { off: value }, ref);
}

const COMPARISONS = JMP_OPS.map((j) => j.symbol);

/** `if r1 s> 5 goto out`. */
export function parseIf(cur: Cursor): ParsedInsn {
  const left = cur.register();
  const symbol = cur.peek();
  const jump = JMP_OPS.find((j) => j.symbol === symbol?.text);
  if (jump === undefined) cur.fail(`a comparison (${COMPARISONS.join(' ')})`, COMPARISONS);
  cur.next();
  const width = left.half ? 32 : 64;
  const place = cur.here();
  const right = cur.peekRegister() === null ? null : cur.register();
  if (right !== null && right.half !== left.half) {
    const fixed = `${left.half ? 'w' : 'r'}${right.index}`;
    throw new AsmFault('both registers of a comparison must have the same width', place, fixed, fixed);
  }
  const imm = right === null ? cur.imm32() : 0;
  cur.expect('goto');
  const { value, ref } = parseTarget(cur, 'off');
  const common = { kind: 'jmp', op: jump.name, width } as const;
  return right === null
    ? insn({ ...common, operand: 'imm' }, { dst: left.index, imm, off: value }, ref)
    : insn({ ...common, operand: 'reg' }, { dst: left.index, src: right.index, off: value }, ref);
}

/** LLVM's and ubpf's call of a register; no kernel takes it. */
function callx(reg: number): ParsedInsn {
  return {
    slots: [{ code: op.BPF_JMP | op.BPF_CALL | op.BPF_X, dst: reg, src: 0, off: 0, imm: 0 }],
    ref: null,
  };
}

export function parseCallx(cur: Cursor): ParsedInsn {
  return callx(cur.whole());
}

/** `call 1`, `call name`, `call name#1`, `call local label`, `call pc+3`, `call %r2`. */
export function parseCall(cur: Cursor, helperId: HelperId): ParsedInsn {
  if (cur.peekRegister() !== null) return callx(cur.whole());
  const place = cur.here();
  if (cur.at('pc') && (cur.at('+', 1) || cur.at('-', 1))) {
    cur.next();
    return insn({ kind: 'call', what: 'local' }, { imm: cur.imm32() }, { kind: 'callSlot', place });
  }
  if (cur.accept('local')) return parseLocalCall(cur);
  if (cur.isNumber()) {
    const imm = cur.imm32();
    if (imm < 0) return insn({ kind: 'call', what: 'local' }, { imm }, { kind: 'callSlot', place });
    return insn({ kind: 'call', what: 'helper' }, { imm });
  }
  return parseNamedCall(cur, helperId);
}

function parseLocalCall(cur: Cursor): ParsedInsn {
  const place = cur.here();
  if (cur.isNumber())
    return insn({ kind: 'call', what: 'local' }, { imm: cur.imm32() }, { kind: 'callSlot', place });
  const label = cur.word('a label');
  const ref: Ref = { kind: 'call', label: label.text, place: label, mustBeLocal: true };
  return insn({ kind: 'call', what: 'local' }, { imm: -1 }, ref);
}

function parseNamedCall(cur: Cursor, helperId: HelperId): ParsedInsn {
  const name = cur.word('a helper, a label or a number');
  // "kernel-function" stands in a log for a kfunc whose name is not known.
  const kfunc = name.text === 'kernel' && cur.at('-') && cur.at('function', 1);
  if (kfunc) {
    cur.next();
    cur.next();
  }
  if (cur.accept('#')) {
    const imm = cur.imm32();
    const helper = !kfunc && (name.text === 'unknown' || helperId(name.text) === imm);
    return insn({ kind: 'call', what: helper ? 'helper' : 'kfunc' }, { imm });
  }
  if (cur.at('(')) cur.fail('the end of the statement: arguments go to r1-r5 before the call');
  const ref: Ref = { kind: 'call', label: name.text, place: name, mustBeLocal: false };
  return insn({ kind: 'call', what: 'local' }, { imm: -1 }, ref);
}
