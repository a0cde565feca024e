import { u64ToHex } from '../util/int64.ts';
import * as op from './opcodes.ts';
import type { BpfInsns } from './program.ts';
import { ALU_OPS, ATOMIC_OPS, JMP_OPS, MOVSX_WIDTHS, SIZES } from './table.ts';

/**
 * Texts that only the caller knows. `callName` gets the raw call; null means "unknown". `immName` prints a
 * 64-bit immediate load, else it is printed in hexadecimal.
 */
export interface DisasmNames {
  readonly helperName: (id: number) => string | null;
  readonly callName?: (src: number, imm: number, off: number) => string | null;
  readonly immName?: (src: number, immLo: number, immHi: number) => string | null;
}

/** What the kernel's printf makes of a NULL string: operators that the opcode space leaves free. */
const NULL_TEXT = '(null)';

function textTable(entries: Iterable<readonly [number, string]>): readonly string[] {
  const out = new Array<string>(16).fill(NULL_TEXT);
  for (const [code, text] of entries) out[code >> 4] = text;
  return out;
}

const ALU_TEXT = textTable([
  ...ALU_OPS.filter((o) => o.off === 0).map((o) => [o.code, o.symbol] as const),
  [op.BPF_NEG, 'neg'],
  [op.BPF_END, 'endian'],
]);
const ALU_SIGNED_TEXT = textTable(ALU_OPS.filter((o) => o.off === 1).map((o) => [o.code, o.symbol] as const));
const JMP_TEXT = textTable([
  ...JMP_OPS.map((o) => [o.code, o.symbol] as const),
  [op.BPF_JA, 'jmp'],
  [op.BPF_CALL, 'call'],
  [op.BPF_EXIT, 'exit'],
]);
const ATOMIC_TEXT = textTable(ATOMIC_OPS.map((o) => [o.code, o.symbol] as const));
const ATOMIC_NAME = textTable(ATOMIC_OPS.map((o) => [o.code, o.name] as const));
const SIZE_TEXT: string[] = [];
const SIGNED_SIZE_TEXT: string[] = [];
for (const size of SIZES) {
  SIZE_TEXT[size.code >> 3] = size.type;
  SIGNED_SIZE_TEXT[size.code >> 3] = size.bytes === 8 ? NULL_TEXT : size.signed;
}

const hex2 = (n: number): string => n.toString(16).padStart(2, '0');
const signed = (n: number): string => (n < 0 ? String(n) : `+${n}`);
const prefix = (code: number): string => `(${hex2(code)}) `;

/**
 * The text that Linux 6.18 prints for the instruction at slot `i`, without newline: print_bpf_insn(). It
 * prints illegal forms too, as the kernel does, since the log shows an instruction before it is refused.
 */
export function disasmKernel(insns: BpfInsns, i: number, names: DisasmNames): string {
  switch (op.classOf(insns.code[i])) {
    case op.BPF_ALU:
    case op.BPF_ALU64:
      return aluText(insns, i);
    case op.BPF_STX:
      return stxText(insns, i);
    case op.BPF_ST:
      return stText(insns, i);
    case op.BPF_LDX:
      return ldxText(insns, i);
    case op.BPF_LD:
      return ldText(insns, i, names);
    default:
      return jmpText(insns, i, names);
  }
}

function aluText(p: BpfInsns, i: number): string {
  const code = p.code[i];
  const { dst, src, off, imm } = p.at(i);
  const operation = op.opOf(code);
  const wide = op.classOf(code) === op.BPF_ALU64;
  const r = wide ? 'r' : 'w';
  if (operation === op.BPF_END) {
    const name = wide ? 'bswap' : op.srcOf(code) === op.BPF_TO_BE ? 'be' : 'le';
    return `${prefix(code)}r${dst} = ${name}${imm} r${dst}`;
  }
  if (operation === op.BPF_NEG) return `${prefix(code)}${r}${dst} = -${r}${dst}`;
  if (code === (op.BPF_ALU64 | op.BPF_MOV | op.BPF_X)) {
    if (off === op.BPF_ADDR_SPACE_CAST) {
      return `${prefix(code)}r${dst} = addr_space_cast(r${src}, ${imm >>> 16}, ${imm & 0xffff})`;
    }
    if (off === -1) return `${prefix(code)}r${dst} = &(void __percpu *)(r${src})`;
  }
  const divides = operation === op.BPF_DIV || operation === op.BPF_MOD;
  const symbol = (divides && off === 1 ? ALU_SIGNED_TEXT : ALU_TEXT)[operation >> 4];
  if (op.srcOf(code) === op.BPF_K) return `${prefix(code)}${r}${dst} ${symbol} ${imm}`;
  const extends_ = operation === op.BPF_MOV && (MOVSX_WIDTHS as readonly number[]).includes(off);
  return `${prefix(code)}${r}${dst} ${symbol} ${extends_ ? `(s${off})` : ''}${r}${src}`;
}

function stxText(p: BpfInsns, i: number): string {
  const code = p.code[i];
  const { dst, src, off, imm } = p.at(i);
  const at = (reg: number): string => `(${SIZE_TEXT[op.sizeOf(code) >> 3]} *)(r${reg} ${signed(off)})`;
  if (op.modeOf(code) === op.BPF_MEM) return `${prefix(code)}*${at(dst)} = r${src}`;
  if (op.modeOf(code) !== op.BPF_ATOMIC) return `BUG_${hex2(code)}`;
  const tail = op.sizeOf(code) === op.BPF_DW ? '64' : '';
  switch (imm) {
    case op.BPF_ADD:
    case op.BPF_AND:
    case op.BPF_OR:
    case op.BPF_XOR:
      return `${prefix(code)}lock *${at(dst)} ${ATOMIC_TEXT[imm >> 4]} r${src}`;
    case op.BPF_ADD | op.BPF_FETCH:
    case op.BPF_AND | op.BPF_FETCH:
    case op.BPF_OR | op.BPF_FETCH:
    case op.BPF_XOR | op.BPF_FETCH:
      return `${prefix(code)}r${src} = atomic${tail}_fetch_${ATOMIC_NAME[imm >> 4]}(${at(dst)}, r${src})`;
    case op.BPF_CMPXCHG:
      return `${prefix(code)}r0 = atomic${tail}_cmpxchg(${at(dst)}, r0, r${src})`;
    case op.BPF_XCHG:
      return `${prefix(code)}r${src} = atomic${tail}_xchg(${at(dst)}, r${src})`;
    case op.BPF_LOAD_ACQ:
      return `${prefix(code)}r${dst} = load_acquire(${at(src)})`;
    case op.BPF_STORE_REL:
      return `${prefix(code)}store_release(${at(dst)}, r${src})`;
    default:
      return `BUG_${hex2(code)}`;
  }
}

function stText(p: BpfInsns, i: number): string {
  const code = p.code[i];
  if (op.modeOf(code) === op.BPF_MEM) {
    return `${prefix(code)}*(${SIZE_TEXT[op.sizeOf(code) >> 3]} *)(r${p.dst[i]} ${signed(p.off[i])}) = ${p.imm[i]}`;
  }
  // The kernel's internal speculation barrier shares the mode of atomics.
  return op.modeOf(code) === op.BPF_ATOMIC ? `${prefix(code)}nospec` : `BUG_st_${hex2(code)}`;
}

function ldxText(p: BpfInsns, i: number): string {
  const code = p.code[i];
  const mode = op.modeOf(code);
  if (mode !== op.BPF_MEM && mode !== op.BPF_MEMSX) return `BUG_ldx_${hex2(code)}`;
  const type = (mode === op.BPF_MEM ? SIZE_TEXT : SIGNED_SIZE_TEXT)[op.sizeOf(code) >> 3];
  return `${prefix(code)}r${p.dst[i]} = *(${type} *)(r${p.src[i]} ${signed(p.off[i])})`;
}

function ldText(p: BpfInsns, i: number, names: DisasmNames): string {
  const code = p.code[i];
  const type = SIZE_TEXT[op.sizeOf(code) >> 3];
  if (op.modeOf(code) === op.BPF_ABS) return `${prefix(code)}r0 = *(${type} *)skb[${p.imm[i]}]`;
  if (op.modeOf(code) === op.BPF_IND)
    return `${prefix(code)}r0 = *(${type} *)skb[r${p.src[i]} + ${p.imm[i]}]`;
  if (code !== op.LD_IMM64) return `BUG_ld_${hex2(code)}`;
  const hi = i + 1 < p.length ? p.imm[i + 1] : 0;
  const text = names.immName?.(p.src[i], p.imm[i], hi) ?? `0x${u64ToHex(p.imm[i], hi)}`;
  return `${prefix(code)}r${p.dst[i]} = ${text}`;
}

function callText(p: BpfInsns, i: number, names: DisasmNames): string {
  const { code, src, imm, off } = p.at(i);
  const name = (src === 0 ? names.helperName(imm) : null) ?? names.callName?.(src, imm, off) ?? null;
  if (src === op.BPF_PSEUDO_CALL) return `${prefix(code)}call pc${name ?? signed(imm)}`;
  const fallback = src === op.BPF_PSEUDO_KFUNC_CALL ? 'kernel-function' : 'unknown';
  return `${prefix(code)}call ${name ?? fallback}#${imm}`;
}

function jmpText(p: BpfInsns, i: number, names: DisasmNames): string {
  const { code, dst, src, off, imm } = p.at(i);
  if (op.opOf(code) === op.BPF_CALL) return callText(p, i, names);
  switch (code) {
    case op.BPF_JMP | op.BPF_JA:
      return `${prefix(code)}goto pc${signed(off)}`;
    case op.BPF_JMP32 | op.BPF_JA:
      return `${prefix(code)}gotol pc${signed(imm)}`;
    case op.BPF_JMP | op.BPF_EXIT:
      return `${prefix(code)}exit`;
  }
  if (code === (op.BPF_JMP | op.BPF_JCOND) && src === op.BPF_MAY_GOTO)
    return `${prefix(code)}may_goto pc${signed(off)}`;
  const r = op.classOf(code) === op.BPF_JMP32 ? 'w' : 'r';
  const right = op.srcOf(code) === op.BPF_X ? `${r}${src}` : `0x${(imm >>> 0).toString(16)}`;
  return `${prefix(code)}if ${r}${dst} ${JMP_TEXT[op.opOf(code) >> 4]} ${right} goto pc${signed(off)}`;
}
