import * as op from './opcodes.ts';

/**
 * The instruction table: every valid form of RFC 9669 and of Linux 6.18, once. Decoder, encoder, assembler,
 * disassembler, completions and property tests all read this file; adding an instruction starts here.
 */

export type AluOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'sdiv'
  | 'or'
  | 'and'
  | 'lsh'
  | 'rsh'
  | 'mod'
  | 'smod'
  | 'xor'
  | 'mov'
  | 'arsh';
export type JmpOp =
  | 'jeq'
  | 'jgt'
  | 'jge'
  | 'jset'
  | 'jne'
  | 'jsgt'
  | 'jsge'
  | 'jlt'
  | 'jle'
  | 'jslt'
  | 'jsle';
export type AtomicOp = 'add' | 'or' | 'and' | 'xor';
export type MemBytes = 1 | 2 | 4 | 8;

/** Arithmetic operators: `code` is BPF_OP, `off` selects the signed variant, `symbol` is the kernel's text. */
export const ALU_OPS: readonly {
  readonly name: AluOp;
  readonly code: number;
  readonly off: number;
  readonly symbol: string;
}[] = [
  { name: 'add', code: op.BPF_ADD, off: 0, symbol: '+=' },
  { name: 'sub', code: op.BPF_SUB, off: 0, symbol: '-=' },
  { name: 'mul', code: op.BPF_MUL, off: 0, symbol: '*=' },
  { name: 'div', code: op.BPF_DIV, off: 0, symbol: '/=' },
  { name: 'sdiv', code: op.BPF_DIV, off: 1, symbol: 's/=' },
  { name: 'or', code: op.BPF_OR, off: 0, symbol: '|=' },
  { name: 'and', code: op.BPF_AND, off: 0, symbol: '&=' },
  { name: 'lsh', code: op.BPF_LSH, off: 0, symbol: '<<=' },
  { name: 'rsh', code: op.BPF_RSH, off: 0, symbol: '>>=' },
  { name: 'mod', code: op.BPF_MOD, off: 0, symbol: '%=' },
  { name: 'smod', code: op.BPF_MOD, off: 1, symbol: 's%=' },
  { name: 'xor', code: op.BPF_XOR, off: 0, symbol: '^=' },
  { name: 'mov', code: op.BPF_MOV, off: 0, symbol: '=' },
  { name: 'arsh', code: op.BPF_ARSH, off: 0, symbol: 's>>=' },
];

export const JMP_OPS: readonly { readonly name: JmpOp; readonly code: number; readonly symbol: string }[] = [
  { name: 'jeq', code: op.BPF_JEQ, symbol: '==' },
  { name: 'jgt', code: op.BPF_JGT, symbol: '>' },
  { name: 'jge', code: op.BPF_JGE, symbol: '>=' },
  { name: 'jset', code: op.BPF_JSET, symbol: '&' },
  { name: 'jne', code: op.BPF_JNE, symbol: '!=' },
  { name: 'jsgt', code: op.BPF_JSGT, symbol: 's>' },
  { name: 'jsge', code: op.BPF_JSGE, symbol: 's>=' },
  { name: 'jlt', code: op.BPF_JLT, symbol: '<' },
  { name: 'jle', code: op.BPF_JLE, symbol: '<=' },
  { name: 'jslt', code: op.BPF_JSLT, symbol: 's<' },
  { name: 'jsle', code: op.BPF_JSLE, symbol: 's<=' },
];

export const SIZES: readonly {
  readonly bytes: MemBytes;
  readonly code: number;
  readonly suffix: string;
  readonly type: string;
  readonly signed: string;
}[] = [
  { bytes: 1, code: op.BPF_B, suffix: 'b', type: 'u8', signed: 's8' },
  { bytes: 2, code: op.BPF_H, suffix: 'h', type: 'u16', signed: 's16' },
  { bytes: 4, code: op.BPF_W, suffix: 'w', type: 'u32', signed: 's32' },
  { bytes: 8, code: op.BPF_DW, suffix: 'dw', type: 'u64', signed: 's64' },
];

export const ATOMIC_OPS: readonly {
  readonly name: AtomicOp;
  readonly code: number;
  readonly symbol: string;
}[] = [
  { name: 'add', code: op.BPF_ADD, symbol: '+=' },
  { name: 'or', code: op.BPF_OR, symbol: '|=' },
  { name: 'and', code: op.BPF_AND, symbol: '&=' },
  { name: 'xor', code: op.BPF_XOR, symbol: '^=' },
];

/** Widths of a sign-extending move, in `off`. */
export const MOVSX_WIDTHS = [8, 16, 32] as const;
export type MovsxWidth = (typeof MOVSX_WIDTHS)[number];
export const END_WIDTHS = [16, 32, 64] as const;
export type EndWidth = (typeof END_WIDTHS)[number];

/** What a 64-bit immediate load means, by src_reg. */
export const LD_IMM64_KINDS = ['imm', 'mapFd', 'mapValue', 'btfId', 'func', 'mapIdx', 'mapIdxValue'] as const;
export type LdImm64Kind = (typeof LD_IMM64_KINDS)[number];
/** What a call's target is, by src_reg. */
export const CALL_KINDS = ['helper', 'local', 'kfunc'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** What may stand in a field: any value, a register, or one of the listed numbers. */
export type FieldRule = 'any' | 'reg' | readonly number[];

/** What an instruction does, with everything that its fixed bits say. */
export type FormMeaning =
  | { readonly kind: 'alu'; readonly op: AluOp; readonly width: 32 | 64; readonly operand: 'reg' | 'imm' }
  | { readonly kind: 'neg'; readonly width: 32 | 64 }
  | { readonly kind: 'movsx'; readonly width: 32 | 64; readonly from: MovsxWidth }
  | { readonly kind: 'end'; readonly to: 'le' | 'be' | 'swap'; readonly bits: EndWidth }
  | { readonly kind: 'addrSpaceCast' }
  | { readonly kind: 'ldImm64'; readonly what: LdImm64Kind }
  | { readonly kind: 'ldAbs'; readonly bytes: MemBytes }
  | { readonly kind: 'ldInd'; readonly bytes: MemBytes }
  | { readonly kind: 'load'; readonly bytes: MemBytes; readonly signed: boolean }
  | { readonly kind: 'store'; readonly bytes: MemBytes; readonly operand: 'reg' | 'imm' }
  | { readonly kind: 'atomic'; readonly op: AtomicOp; readonly bytes: 4 | 8; readonly fetch: boolean }
  | { readonly kind: 'xchg'; readonly bytes: 4 | 8 }
  | { readonly kind: 'cmpxchg'; readonly bytes: 4 | 8 }
  | { readonly kind: 'loadAcquire'; readonly bytes: MemBytes }
  | { readonly kind: 'storeRelease'; readonly bytes: MemBytes }
  | { readonly kind: 'ja'; readonly long: boolean }
  | { readonly kind: 'mayGoto' }
  | { readonly kind: 'jmp'; readonly op: JmpOp; readonly width: 32 | 64; readonly operand: 'reg' | 'imm' }
  | { readonly kind: 'call'; readonly what: CallKind }
  | { readonly kind: 'callx' }
  | { readonly kind: 'exit' };

export interface InsnForm {
  /** Mnemonic of the ubpf / bpf_conformance syntax, unique but for operands: "add32", "ldxdw". */
  readonly mnemonic: string;
  readonly code: number;
  readonly dst: FieldRule;
  readonly src: FieldRule;
  readonly off: FieldRule;
  readonly imm: FieldRule;
  readonly meaning: FormMeaning;
  /** Where it is defined. */
  readonly source: string;
}

const ZERO = [0] as const;
const RFC = 'RFC 9669';
const ISA_V4 = 'RFC 9669 (cpu v4)';
const LINUX = 'Linux';

type Fields = Partial<Pick<InsnForm, 'dst' | 'src' | 'off' | 'imm'>>;
function form(mnemonic: string, code: number, meaning: FormMeaning, fields: Fields, source = RFC): InsnForm {
  return { mnemonic, code, dst: ZERO, src: ZERO, off: ZERO, imm: ZERO, ...fields, meaning, source };
}

function aluForms(width: 32 | 64): InsnForm[] {
  const cls = width === 64 ? op.BPF_ALU64 : op.BPF_ALU;
  const tail = width === 64 ? '' : '32';
  return ALU_OPS.flatMap(({ name, code, off }) => {
    const source = off === 0 ? RFC : ISA_V4;
    const common = { dst: 'reg', off: [off] } as const;
    return [
      form(
        name + tail,
        cls | code | op.BPF_K,
        { kind: 'alu', op: name, width, operand: 'imm' },
        { ...common, imm: 'any' },
        source,
      ),
      form(
        name + tail,
        cls | code | op.BPF_X,
        { kind: 'alu', op: name, width, operand: 'reg' },
        { ...common, src: 'reg' },
        source,
      ),
    ];
  });
}

function moveForms(width: 32 | 64): InsnForm[] {
  const cls = width === 64 ? op.BPF_ALU64 : op.BPF_ALU;
  return MOVSX_WIDTHS.filter((from) => from < width).map((from) =>
    form(
      `movsx${from}${width}`,
      cls | op.BPF_MOV | op.BPF_X,
      { kind: 'movsx', width, from },
      { dst: 'reg', src: 'reg', off: [from] },
      ISA_V4,
    ),
  );
}

const negForms = [
  form('neg', op.BPF_ALU64 | op.BPF_NEG, { kind: 'neg', width: 64 }, { dst: 'reg' }),
  form('neg32', op.BPF_ALU | op.BPF_NEG, { kind: 'neg', width: 32 }, { dst: 'reg' }),
];

const endForms = END_WIDTHS.flatMap((bits) => [
  form(
    `le${bits}`,
    op.BPF_ALU | op.BPF_END | op.BPF_TO_LE,
    { kind: 'end', to: 'le', bits },
    { dst: 'reg', imm: [bits] },
  ),
  form(
    `be${bits}`,
    op.BPF_ALU | op.BPF_END | op.BPF_TO_BE,
    { kind: 'end', to: 'be', bits },
    { dst: 'reg', imm: [bits] },
  ),
  form(
    `swap${bits}`,
    op.BPF_ALU64 | op.BPF_END,
    { kind: 'end', to: 'swap', bits },
    { dst: 'reg', imm: [bits] },
    ISA_V4,
  ),
]);

const loadForms = SIZES.flatMap(({ bytes, code, suffix }) => [
  form(
    `ldx${suffix}`,
    op.BPF_LDX | op.BPF_MEM | code,
    { kind: 'load', bytes, signed: false },
    { dst: 'reg', src: 'reg', off: 'any' },
  ),
  ...(bytes === 8
    ? []
    : [
        form(
          `ldxs${suffix}`,
          op.BPF_LDX | op.BPF_MEMSX | code,
          { kind: 'load', bytes, signed: true },
          { dst: 'reg', src: 'reg', off: 'any' },
          ISA_V4,
        ),
      ]),
  form(
    `st${suffix}`,
    op.BPF_ST | op.BPF_MEM | code,
    { kind: 'store', bytes, operand: 'imm' },
    { dst: 'reg', off: 'any', imm: 'any' },
  ),
  form(
    `stx${suffix}`,
    op.BPF_STX | op.BPF_MEM | code,
    { kind: 'store', bytes, operand: 'reg' },
    { dst: 'reg', src: 'reg', off: 'any' },
  ),
  form(
    `load_acquire${bytes * 8}`,
    op.BPF_STX | op.BPF_ATOMIC | code,
    { kind: 'loadAcquire', bytes },
    { dst: 'reg', src: 'reg', off: 'any', imm: [op.BPF_LOAD_ACQ] },
    'Linux 6.15',
  ),
  form(
    `store_release${bytes * 8}`,
    op.BPF_STX | op.BPF_ATOMIC | code,
    { kind: 'storeRelease', bytes },
    { dst: 'reg', src: 'reg', off: 'any', imm: [op.BPF_STORE_REL] },
    'Linux 6.15',
  ),
]);

const packetForms = SIZES.filter(({ bytes }) => bytes !== 8).flatMap(({ bytes, code, suffix }) => [
  form(
    `ldabs${suffix}`,
    op.BPF_LD | op.BPF_ABS | code,
    { kind: 'ldAbs', bytes },
    { imm: 'any' },
    'RFC 9669 section 5.5 (legacy)',
  ),
  form(
    `ldind${suffix}`,
    op.BPF_LD | op.BPF_IND | code,
    { kind: 'ldInd', bytes },
    { src: 'reg', imm: 'any' },
    'RFC 9669 section 5.5 (legacy)',
  ),
]);

const atomicForms = ([4, 8] as const).flatMap((bytes) => {
  const code = op.BPF_STX | op.BPF_ATOMIC | (bytes === 4 ? op.BPF_W : op.BPF_DW);
  const tail = bytes === 4 ? '32' : '';
  const at = { dst: 'reg', src: 'reg', off: 'any' } as const;
  return [
    ...ATOMIC_OPS.flatMap(({ name, code: imm }) => [
      form(
        `lock ${name}${tail}`,
        code,
        { kind: 'atomic', op: name, bytes, fetch: false },
        { ...at, imm: [imm] },
      ),
      form(
        `lock fetch_${name}${tail}`,
        code,
        { kind: 'atomic', op: name, bytes, fetch: true },
        { ...at, imm: [imm | op.BPF_FETCH] },
      ),
    ]),
    form(`lock xchg${tail}`, code, { kind: 'xchg', bytes }, { ...at, imm: [op.BPF_XCHG] }),
    form(`lock cmpxchg${tail}`, code, { kind: 'cmpxchg', bytes }, { ...at, imm: [op.BPF_CMPXCHG] }),
  ];
});

const ldImm64Forms = LD_IMM64_KINDS.map((what, src) =>
  form(
    'lddw',
    op.LD_IMM64,
    { kind: 'ldImm64', what },
    { dst: 'reg', src: [src], imm: 'any' },
    what === 'imm' ? RFC : LINUX,
  ),
);

function jmpForms(width: 32 | 64): InsnForm[] {
  const cls = width === 64 ? op.BPF_JMP : op.BPF_JMP32;
  const tail = width === 64 ? '' : '32';
  return JMP_OPS.flatMap(({ name, code }) => [
    form(
      name + tail,
      cls | code | op.BPF_K,
      { kind: 'jmp', op: name, width, operand: 'imm' },
      { dst: 'reg', off: 'any', imm: 'any' },
    ),
    form(
      name + tail,
      cls | code | op.BPF_X,
      { kind: 'jmp', op: name, width, operand: 'reg' },
      { dst: 'reg', src: 'reg', off: 'any' },
    ),
  ]);
}

const controlForms = [
  form('ja', op.BPF_JMP | op.BPF_JA, { kind: 'ja', long: false }, { off: 'any' }),
  form('ja32', op.BPF_JMP32 | op.BPF_JA, { kind: 'ja', long: true }, { imm: 'any' }, ISA_V4),
  form('may_goto', op.BPF_JMP | op.BPF_JCOND, { kind: 'mayGoto' }, { off: 'any' }, 'Linux 6.9'),
  form('call', op.BPF_JMP | op.BPF_CALL, { kind: 'call', what: 'helper' }, { imm: 'any' }),
  form(
    'call local',
    op.BPF_JMP | op.BPF_CALL,
    { kind: 'call', what: 'local' },
    { src: [op.BPF_PSEUDO_CALL], imm: 'any' },
  ),
  form(
    'call kfunc',
    op.BPF_JMP | op.BPF_CALL,
    { kind: 'call', what: 'kfunc' },
    { src: [op.BPF_PSEUDO_KFUNC_CALL], off: 'any', imm: 'any' },
    LINUX,
  ),
  form('exit', op.BPF_JMP | op.BPF_EXIT, { kind: 'exit' }, {}),
];

export const INSN_FORMS: readonly InsnForm[] = [
  ...aluForms(64),
  ...aluForms(32),
  ...moveForms(64),
  ...moveForms(32),
  ...negForms,
  ...endForms,
  form(
    'addr_space_cast',
    op.BPF_ALU64 | op.BPF_MOV | op.BPF_X,
    { kind: 'addrSpaceCast' },
    { dst: 'reg', src: 'reg', off: [op.BPF_ADDR_SPACE_CAST], imm: [1, 1 << 16] },
    'Linux 6.9',
  ),
  ...ldImm64Forms,
  ...packetForms,
  ...loadForms,
  ...atomicForms,
  ...jmpForms(64),
  ...jmpForms(32),
  ...controlForms,
];

/**
 * What compilers emit and Linux 6.18 refuses as an unknown opcode: a helper call by the number in a register.
 * The engines run it for bpf_conformance; it is no part of the table that disassembly and completion read.
 */
const EXTENSION_FORMS: readonly InsnForm[] = [
  form('callx', op.BPF_JMP | op.BPF_CALL | op.BPF_X, { kind: 'callx' }, { dst: 'reg' }, 'clang'),
];

const byCode: InsnForm[][] = Array.from({ length: 256 }, () => []);
for (const f of [...INSN_FORMS, ...EXTENSION_FORMS]) byCode[f.code].push(f);

/** All forms that share an opcode byte; empty when the opcode is not valid. */
export function formsOf(code: number): readonly InsnForm[] {
  return byCode[code];
}
