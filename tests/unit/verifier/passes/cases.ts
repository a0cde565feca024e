import { BtfBuilder } from '../../../../src-core/btf/builder.ts';
import * as op from '../../../../src-core/isa/opcodes.ts';
import { BpfInsns, type RawInsn } from '../../../../src-core/isa/program.ts';
import { BPF_FUNC } from '../../../../src-core/platform/helpers.gen.ts';
import { BPF_PROG_TYPE } from '../../../../src-core/uapi/prog-types.ts';

/** One program for the passes before the walk. */
export interface PassCase {
  readonly name: string;
  readonly insns: BpfInsns;
  readonly type: number;
  readonly flags: number;
  readonly license: string;
  /** Function and line records, over the BTF of `testBtf()`. */
  readonly funcInfo: Uint8Array;
  readonly lineInfo: Uint8Array;
}

const insn = (code: number, dst = 0, src = 0, off = 0, imm = 0): RawInsn => ({ code, dst, src, off, imm });
const mov = (dst: number, imm: number): RawInsn => insn(op.BPF_ALU64 | op.BPF_MOV, dst, 0, 0, imm);
const movReg = (dst: number, src: number): RawInsn => insn(op.BPF_ALU64 | op.BPF_MOV | op.BPF_X, dst, src);
const add = (dst: number, imm: number): RawInsn => insn(op.BPF_ALU64 | op.BPF_ADD, dst, 0, 0, imm);
const exit = insn(op.BPF_JMP | op.BPF_EXIT);
const ja = (off: number): RawInsn => insn(op.BPF_JMP | op.BPF_JA, 0, 0, off);
const gotol = (imm: number): RawInsn => insn(op.BPF_JMP32 | op.BPF_JA, 0, 0, 0, imm);
const jlt = (dst: number, imm: number, off: number): RawInsn =>
  insn(op.BPF_JMP | op.BPF_JLT, dst, 0, off, imm);
const mayGoto = (off: number): RawInsn => insn(op.BPF_JMP | op.BPF_JCOND, 0, 0, off);
const call = (helper: keyof typeof BPF_FUNC): RawInsn =>
  insn(op.BPF_JMP | op.BPF_CALL, 0, 0, 0, BPF_FUNC[helper]);
const callSub = (imm: number): RawInsn => insn(op.BPF_JMP | op.BPF_CALL, 0, op.BPF_PSEUDO_CALL, 0, imm);
const ld64 = (dst: number, src: number, lo: number, hi = 0): RawInsn[] => [
  insn(op.LD_IMM64, dst, src, 0, lo),
  insn(0, 0, 0, 0, hi),
];
const spill = (off: number, src: number): RawInsn => insn(op.BPF_STX | op.BPF_MEM | op.BPF_DW, 10, src, off);
const fill = (dst: number, off: number): RawInsn => insn(op.BPF_LDX | op.BPF_MEM | op.BPF_DW, dst, 10, off);
const ldAbs = insn(op.BPF_LD | op.BPF_ABS | op.BPF_W, 0, 0, 0, 0);

/** Int, a function that returns it, one that returns a pointer, and source lines. */
export function testBtf(): {
  readonly bytes: Uint8Array;
  readonly int: number;
  readonly main: number;
  readonly pointer: number;
  readonly line: (n: number) => number;
  readonly file: number;
} {
  const b = new BtfBuilder();
  const int = b.int('int', 4, 1);
  const main = b.func('main_prog', b.funcProto(int, [{ name: 'ctx', type: int }]), 1);
  const pointer = b.func('returns_pointer', b.funcProto(b.ref('ptr', int), []), 0);
  const lines = [1, 2, 3, 4].map((n) => b.string(`\tint line_${n} = ${n};`));
  const file = b.string('/src/dir/case.c');
  return { bytes: b.toBytes(), int, main, pointer, line: (n) => lines[n - 1], file };
}

const BTF = testBtf();

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

const line = (insnOff: number, n: number): number[] => [insnOff, BTF.file, BTF.line(n), (n << 10) | 1];

function one(name: string, insns: RawInsn[], more: Partial<PassCase> = {}): PassCase {
  return {
    name,
    insns: BpfInsns.fromRaw(insns),
    type: BPF_PROG_TYPE.socket_filter,
    flags: 0,
    license: 'GPL',
    funcInfo: new Uint8Array(0),
    lineInfo: new Uint8Array(0),
    ...more,
  };
}

/** Two subprograms: main calls the second, which ends with `rest`. */
const withSub = (rest: RawInsn[]): RawInsn[] => [callSub(1), exit, ...rest];

export const CASES: readonly PassCase[] = [
  one('straight', [mov(0, 0), exit]),
  one('gap after exit', [mov(0, 0), exit, mov(0, 1), exit]),
  one('jump past the end', [mov(0, 0), ja(5), exit]),
  one('jump before the start', [mov(0, 0), ja(-3), exit]),
  one('falls off the end', [mov(0, 0), add(0, 1)]),
  one('into a wide load', [mov(0, 0), jlt(0, 1, 1), ...ld64(1, 0, 7), mov(0, 0), exit]),
  one('half a wide load', [mov(0, 0), ja(1), exit, insn(op.LD_IMM64, 1)]),
  one('wide load with a bad second slot', [insn(op.LD_IMM64, 1, 0, 0, 1), insn(0, 1), mov(0, 0), exit]),
  one('unknown fd', [...ld64(1, op.BPF_PSEUDO_MAP_FD, 9999), mov(0, 0), exit]),
  one('unknown pseudo load', [...ld64(1, 9, 0), mov(0, 0), exit]),
  one('unknown opcode', [insn(0xff), mov(0, 0), exit]),
  one('load with imm', [insn(op.BPF_LDX | op.BPF_MEM | op.BPF_W, 0, 1, 0, 3), exit]),
  one('call outside', [callSub(77), exit]),
  one('jump across subprograms', [callSub(2), ja(2), exit, mov(0, 0), mov(0, 1), exit]),
  one('subprogram without end', [callSub(1), exit, mov(0, 0)]),
  one('endless loop', [mov(0, 0), ja(-2), exit]),
  one('loop', [mov(0, 0), add(0, 1), jlt(0, 10, -2), mov(0, 0), exit]),
  one('nested loops', [
    mov(6, 0),
    mov(7, 0),
    add(7, 1),
    jlt(7, 3, -2),
    add(6, 1),
    jlt(6, 3, -5),
    mov(0, 0),
    exit,
  ]),
  one('gotol and may_goto', [mov(0, 0), gotol(0), mayGoto(1), ja(-2), exit]),
  one('fastcall pattern', [
    mov(1, 1),
    mov(2, 2),
    spill(-16, 1),
    spill(-8, 2),
    call('get_smp_processor_id'),
    fill(2, -8),
    fill(1, -16),
    movReg(0, 1),
    exit,
  ]),
  one('live registers', [
    movReg(6, 1),
    mov(1, 1),
    call('get_prandom_u32'),
    movReg(7, 0),
    insn(op.BPF_JMP | op.BPF_JEQ | op.BPF_X, 7, 0, 1),
    insn(op.BPF_STX | op.BPF_ATOMIC | op.BPF_DW, 10, 7, -8, op.BPF_CMPXCHG),
    movReg(0, 7),
    exit,
  ]),
  one('calls', withSub([mov(0, 1), exit])),
  one('callee called twice', [callSub(2), callSub(1), exit, mov(0, 1), exit]),
  one('sleepable socket filter', [mov(0, 0), exit], { flags: 16 }),
  one('LD_ABS in a subprogram', withSub([movReg(6, 1), ldAbs, exit])),
  one('tail call in a subprogram', withSub([call('tail_call'), mov(0, 0), exit])),
  one('function record missing', withSub([mov(0, 1), exit]), { funcInfo: words(0, BTF.main) }),
  one('function record at 1', [mov(0, 0), exit], { funcInfo: words(1, BTF.main) }),
  one('function records not ascending', withSub([mov(0, 1), exit]), {
    funcInfo: words(0, BTF.main, 0, BTF.main),
  }),
  one('function record of an int', [mov(0, 0), exit], { funcInfo: words(0, BTF.int) }),
  one('function records elsewhere', withSub([mov(0, 1), exit]), {
    funcInfo: words(0, BTF.main, 1, BTF.main),
  }),
  one('LD_ABS where a pointer is returned', withSub([movReg(6, 1), ldAbs, exit]), {
    funcInfo: words(0, BTF.main, 2, BTF.pointer),
  }),
  one('tail call where a pointer is returned', withSub([call('tail_call'), mov(0, 0), exit]), {
    funcInfo: words(0, BTF.main, 2, BTF.pointer),
  }),
  one('line past the end', [mov(0, 0), exit], { lineInfo: words(...line(0, 1), ...line(2, 2)) }),
  one('lines not ascending', [mov(0, 0), exit], { lineInfo: words(...line(0, 1), ...line(0, 2)) }),
  one('line in a wide load', [...ld64(0, 0, 1), exit], {
    lineInfo: words(...line(0, 1), ...line(1, 2)),
  }),
  one('line without text', [mov(0, 0), exit], { lineInfo: words(0, BTF.file, 0xffff, 1 << 10) }),
  one('no line for the first function', [mov(0, 0), exit], { lineInfo: words(...line(1, 1)) }),
  one('no line for the second function', withSub([mov(0, 1), exit]), {
    funcInfo: words(0, BTF.main, 2, BTF.main),
    lineInfo: words(...line(0, 1)),
  }),
  one('functions and lines', withSub([mov(0, 1), exit]), {
    funcInfo: words(0, BTF.main, 2, BTF.main),
    lineInfo: words(...line(0, 1), ...line(1, 2), ...line(2, 3)),
  }),
  one('kfunc without GPL', [insn(op.BPF_JMP | op.BPF_CALL, 0, op.BPF_PSEUDO_KFUNC_CALL, 0, 1), exit], {
    license: 'MIT',
  }),
];
