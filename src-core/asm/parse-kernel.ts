import * as op from '../isa/opcodes.ts';
import type { RawInsn } from '../isa/program.ts';
import { ALU_OPS, ATOMIC_OPS, END_WIDTHS, type MemBytes, MOVSX_WIDTHS, SIZES } from '../isa/table.ts';
import type { Cursor, Register } from './cursor.ts';
import { AsmFault } from './diagnostics.ts';
import { insn, type ParsedInsn } from './insn.ts';
import { type HelperId, parseCall, parseCallx, parseGoto, parseIf } from './parse-control.ts';

const TYPES = SIZES.flatMap((s) => [s.type, s.signed]);
const ALU_SYMBOLS = ALU_OPS.map((o) => o.symbol);

/** Does a statement of the kernel's syntax start here? */
export function startsKernelSyntax(cur: Cursor): boolean {
  if (cur.at('*') || cur.at('if') || cur.at('store_release') || cur.at('exit')) return true;
  if (cur.at('lock')) return cur.at('*', 1);
  if (['goto', 'gotol', 'may_goto', 'call', 'callx', 'nospec'].some((w) => cur.at(w))) return true;
  return cur.peekRegister() !== null;
}

/** One statement of the syntax that the kernel prints and LLVM reads. */
export function parseKernel(cur: Cursor, helperId: HelperId): ParsedInsn {
  const first = cur.peek()?.text ?? '';
  if (cur.peekRegister() !== null) return parseAssignment(cur);
  cur.next();
  switch (first) {
    case '*':
      return parseStore(cur);
    case 'if':
      return parseIf(cur);
    case 'goto':
    case 'gotol':
    case 'may_goto':
      return parseGoto(cur, first);
    case 'call':
      return parseCall(cur, helperId);
    case 'callx':
      return parseCallx(cur);
    case 'exit':
      return insn({ kind: 'exit' }, {});
    case 'lock':
      return parseLock(cur);
    default:
      return parseStoreRelease(cur);
  }
}

/** `(u32 *)`, after which a reference follows. */
function parseType(cur: Cursor): { bytes: MemBytes; signed: boolean } {
  cur.expect('(');
  const t = cur.word(`a type (${TYPES.join(' ')})`, TYPES);
  const size = SIZES.find((s) => s.type === t.text || s.signed === t.text);
  if (size === undefined)
    throw new AsmFault(`'${t.text}' is no type`, t, TYPES.join(' '), nearestType(t.text));
  cur.expect('*');
  cur.expect(')');
  return { bytes: size.bytes, signed: size.signed === t.text };
}

function nearestType(text: string): string | null {
  const bits = /(\d+)/.exec(text)?.[1];
  return TYPES.find((t) => t === `u${bits}`) ?? null;
}

interface Ref {
  readonly reg: number;
  readonly off: number;
}

/** `r10 - 8` */
function parsePointer(cur: Cursor): Ref {
  const reg = cur.whole();
  const off = cur.at('+') || cur.at('-') ? cur.offset() : 0;
  return { reg, off };
}

/** `(r10 - 8)` */
function parseReference(cur: Cursor): Ref {
  cur.expect('(', "'(' and a register: (r10 - 8)");
  const ref = parsePointer(cur);
  cur.expect(')');
  return ref;
}

/** `*(u32 *)(r1 + 4) = r2`; the star is read. */
function parseStore(cur: Cursor): ParsedInsn {
  const place = cur.here();
  const { bytes, signed } = parseType(cur);
  if (signed) throw new AsmFault('a store has no sign', place, `(u${bytes * 8} *)`);
  const { reg, off } = parseReference(cur);
  cur.expect('=');
  if (cur.peekRegister() === null) {
    return insn({ kind: 'store', bytes, operand: 'imm' }, { dst: reg, off, imm: cur.imm32() });
  }
  const src = cur.register();
  ofSize(cur, src, bytes);
  return insn({ kind: 'store', bytes, operand: 'reg' }, { dst: reg, off, src: src.index });
}

/** "w3" holds four bytes; the kernel's log writes whole registers for every size. */
function ofSize(cur: Cursor, reg: Register, bytes: MemBytes, signed = false): void {
  if (!reg.half || (bytes < 8 && !signed)) return;
  const what = signed ? 'a sign-extending load' : 'eight bytes';
  throw new AsmFault(
    `w${reg.index} cannot hold ${what}`,
    cur.statement.tokens[0],
    `r${reg.index}`,
    `r${reg.index}`,
  );
}

function wordOnly(bytes: MemBytes, cur: Cursor, place = cur.here()): 4 | 8 {
  if (bytes === 4 || bytes === 8) return bytes;
  throw new AsmFault('atomic operations take 4 or 8 bytes', place, '(u32 *) or (u64 *)');
}

/** `lock *(u64 *)(r10 - 8) += r1`; "lock" is read. */
function parseLock(cur: Cursor): ParsedInsn {
  cur.expect('*');
  const place = cur.here();
  const bytes = wordOnly(parseType(cur).bytes, cur, place);
  const { reg, off } = parseReference(cur);
  const symbol = cur.peek();
  const atomic = ATOMIC_OPS.find((a) => a.symbol === symbol?.text);
  if (atomic === undefined) cur.fail(`an operator (${ATOMIC_OPS.map((a) => a.symbol).join(' ')})`);
  cur.next();
  return insn(
    { kind: 'atomic', op: atomic.name, bytes, fetch: false },
    { dst: reg, off, src: cur.register().index },
  );
}

/** `store_release((u64 *)(r1 + 0), r2)`; the word is read. */
function parseStoreRelease(cur: Cursor): ParsedInsn {
  cur.expect('(');
  const { bytes } = parseType(cur);
  const { reg, off } = parseReference(cur);
  cur.expect(',');
  const src = cur.register().index;
  cur.expect(')');
  return insn({ kind: 'storeRelease', bytes }, { dst: reg, off, src });
}

function parseAssignment(cur: Cursor): ParsedInsn {
  const dst = cur.register();
  const symbol = cur.peek();
  const alu = ALU_OPS.find((o) => o.symbol === symbol?.text);
  if (alu === undefined) cur.fail(`an operator (${ALU_SYMBOLS.join(' ')})`, ALU_SYMBOLS);
  cur.next();
  const width = dst.half ? 32 : 64;
  if (alu.name === 'mov') return parseMove(cur, dst);
  if (cur.peekRegister() !== null) {
    return insn(
      { kind: 'alu', op: alu.name, width, operand: 'reg' },
      { dst: dst.index, src: sameWidth(cur, dst) },
    );
  }
  return insn({ kind: 'alu', op: alu.name, width, operand: 'imm' }, { dst: dst.index, imm: cur.imm32() });
}

function sameWidth(cur: Cursor, dst: Register): number {
  const place = cur.here();
  const src = cur.register();
  if (src.half === dst.half) return src.index;
  const fixed = `${dst.half ? 'w' : 'r'}${src.index}`;
  throw new AsmFault('both registers must have the same width', place, fixed, fixed);
}

const VALUES = 'a register, a number, *(u32 *)(r1 + 0), or a symbol with ll';

/** What may stand right of "=". */
function parseMove(cur: Cursor, dst: Register): ParsedInsn {
  const width = dst.half ? 32 : 64;
  if (cur.at('-') && cur.peekRegister(1) !== null) return parseNegation(cur, dst);
  if (cur.peekRegister() !== null) {
    return insn(
      { kind: 'alu', op: 'mov', width, operand: 'reg' },
      { dst: dst.index, src: sameWidth(cur, dst) },
    );
  }
  if (cur.isNumber()) return parseConstant(cur, dst);
  if (cur.accept('(')) return parseSignExtension(cur, dst);
  if (cur.accept('*')) return parseLoad(cur, dst);
  if (cur.accept('&')) return parsePercpu(cur, dst);
  const word = cur.peek();
  if (word === null || word.kind !== 'word') cur.fail(VALUES);
  const fn = FUNCTIONS.find((f) => f.pattern.test(word.text));
  if (fn !== undefined && (cur.at('(', 1) || fn.bare === true)) {
    cur.next();
    return fn.parse(cur, dst, word.text);
  }
  return parseSymbol(cur, dst);
}

function parseNegation(cur: Cursor, dst: Register): ParsedInsn {
  cur.next();
  const place = cur.here();
  const src = sameWidth(cur, dst);
  if (src !== dst.index) {
    const name = `${dst.half ? 'w' : 'r'}${dst.index}`;
    throw new AsmFault('a negation works on one register', place, `${name} = -${name}`, name);
  }
  return insn({ kind: 'neg', width: dst.half ? 32 : 64 }, { dst: dst.index });
}

/** `r1 = 5`, `r1 = 5 ll`, and "(18) r1 = 0x5" of a log. */
function parseConstant(cur: Cursor, dst: Register): ParsedInsn {
  const place = cur.here();
  const wide = cur.statement.hint === op.LD_IMM64 || cur.statement.tokens.at(-1)?.text === 'll';
  if (!wide) {
    return insn(
      { kind: 'alu', op: 'mov', width: dst.half ? 32 : 64, operand: 'imm' },
      { dst: dst.index, imm: cur.imm32() },
    );
  }
  const { lo, hi } = cur.imm64();
  cur.accept('ll');
  if (dst.half) throw new AsmFault('a 64-bit load needs a whole register', place, `r${dst.index}`);
  return insn({ kind: 'ldImm64', what: 'imm' }, { dst: dst.index, imm: lo, immHi: hi });
}

/** `(s8)r2`; the parenthesis is read. */
function parseSignExtension(cur: Cursor, dst: Register): ParsedInsn {
  const t = cur.word('s8, s16 or s32', ['s8', 's16', 's32']);
  const from = MOVSX_WIDTHS.find((w) => t.text === `s${w}`);
  const width = dst.half ? 32 : 64;
  if (from === undefined || from >= width)
    throw new AsmFault(`(${t.text}) is no sign extension of this register`, t, 's8, s16 or s32');
  cur.expect(')');
  return insn({ kind: 'movsx', width, from }, { dst: dst.index, src: sameWidth(cur, dst) });
}

/** `*(u32 *)(r1 + 4)`, `*(u8 *)skb[14]`, `*(u8 *)skb[r2 + 4]`; the star is read. */
function parseLoad(cur: Cursor, dst: Register): ParsedInsn {
  const place = cur.here();
  const { bytes, signed } = parseType(cur);
  if (cur.accept('skb')) return parsePacketLoad(cur, dst, bytes);
  const { reg, off } = parseReference(cur);
  ofSize(cur, dst, bytes, signed);
  if (signed && bytes === 8) throw new AsmFault('a 64-bit load has no sign', place, '(u64 *)', 'u64');
  return insn({ kind: 'load', bytes, signed }, { dst: dst.index, src: reg, off });
}

function parsePacketLoad(cur: Cursor, dst: Register, bytes: MemBytes): ParsedInsn {
  if (dst.index !== 0) throw new AsmFault('packet loads go to r0', cur.here(), 'r0 = *(u8 *)skb[14]', 'r0');
  if (bytes === 8) throw new AsmFault('packet loads take 1, 2 or 4 bytes', cur.here());
  cur.expect('[');
  if (cur.peekRegister() === null) {
    const imm = cur.imm32();
    cur.expect(']');
    return insn({ kind: 'ldAbs', bytes }, { imm });
  }
  const src = cur.whole();
  const imm = cur.at('+') || cur.at('-') ? cur.imm32() : 0;
  cur.expect(']');
  return insn({ kind: 'ldInd', bytes }, { src, imm });
}

/** `&(void __percpu *)(r2)`; the ampersand is read. */
function parsePercpu(cur: Cursor, dst: Register): ParsedInsn {
  for (const t of ['(', 'void', '__percpu', '*', ')', '(']) cur.expect(t, "'(void __percpu *)(r2)'");
  const src = cur.whole();
  cur.expect(')');
  return raw({ code: op.BPF_ALU64 | op.BPF_MOV | op.BPF_X, dst: dst.index, src, off: -1, imm: 0 });
}

function raw(slot: RawInsn): ParsedInsn {
  return { slots: [slot], ref: null };
}

/** `counters ll`, `buffer + 8 ll`. */
function parseSymbol(cur: Cursor, dst: Register): ParsedInsn {
  const name = cur.word(VALUES);
  const addend = cur.at('+') || cur.at('-') ? cur.imm32() : 0;
  if (!cur.accept('ll') && cur.statement.hint !== op.LD_IMM64) {
    const expected = `a number, or '${name.text} ll' for the address of a map or a label`;
    throw new AsmFault(`'${name.text}' is no value`, name, expected);
  }
  if (dst.half) throw new AsmFault('a 64-bit load needs a whole register', name, `r${dst.index}`);
  const ref = { kind: 'address', label: name.text, place: name } as const;
  return insn({ kind: 'ldImm64', what: 'imm' }, { dst: dst.index, imm: addend }, ref);
}

interface FunctionSyntax {
  readonly pattern: RegExp;
  /** Its operand follows without parentheses. */
  readonly bare?: boolean;
  readonly parse: (cur: Cursor, dst: Register, word: string) => ParsedInsn;
}

/** Spellings of LLVM (`xchg_64`, `xchg32_32`) and of the kernel's log (`atomic64_xchg`). */
const FUNCTIONS: readonly FunctionSyntax[] = [
  { pattern: /^(le|be|bswap)(16|32|64)$/, bare: true, parse: parseByteOrder },
  { pattern: /^addr_space_cast$/, parse: parseAddrSpaceCast },
  { pattern: /^atomic(64)?_fetch_(add|or|and|xor)$/, parse: parseFetch },
  { pattern: /^(atomic(64)?_xchg|xchg_64|xchg32_32)$/, parse: parseXchg },
  { pattern: /^(atomic(64)?_cmpxchg|cmpxchg_64|cmpxchg32_32)$/, parse: parseCmpxchg },
  { pattern: /^load_acquire$/, parse: parseLoadAcquire },
];

function parseByteOrder(cur: Cursor, dst: Register, word: string): ParsedInsn {
  const bits = END_WIDTHS.find((w) => word.endsWith(String(w))) ?? 64;
  const to = word.startsWith('bswap') ? 'swap' : word.startsWith('be') ? 'be' : 'le';
  const place = cur.here();
  if (cur.register().index !== dst.index) {
    throw new AsmFault(
      `${word} works on one register`,
      place,
      `r${dst.index} = ${word} r${dst.index}`,
      `r${dst.index}`,
    );
  }
  return insn({ kind: 'end', to, bits }, { dst: dst.index });
}

function parseAddrSpaceCast(cur: Cursor, dst: Register): ParsedInsn {
  cur.expect('(');
  const src = cur.whole();
  cur.expect(',');
  const to = cur.imm32();
  cur.expect(',');
  const from = cur.imm32();
  cur.expect(')');
  const imm = (to << 16) | (from & 0xffff);
  return raw({
    code: op.BPF_ALU64 | op.BPF_MOV | op.BPF_X,
    dst: dst.index,
    src,
    off: op.BPF_ADDR_SPACE_CAST,
    imm,
  });
}

function sameAs(cur: Cursor, reg: number): void {
  const place = cur.here();
  const got = cur.register().index;
  if (got !== reg)
    throw new AsmFault(`r${got} must be the register that takes the result`, place, `r${reg}`, `r${reg}`);
}

/** `((u64 *)(r2 + 0), r1)` */
function parseFetch(cur: Cursor, dst: Register, word: string): ParsedInsn {
  const atomic = ATOMIC_OPS.find((a) => word.endsWith(`_${a.name}`));
  cur.expect('(');
  const place = cur.here();
  const bytes = wordOnly(parseType(cur).bytes, cur, place);
  const { reg, off } = parseReference(cur);
  cur.expect(',');
  sameAs(cur, dst.index);
  cur.expect(')');
  return insn(
    { kind: 'atomic', op: atomic?.name ?? 'add', bytes, fetch: true },
    { dst: reg, off, src: dst.index },
  );
}

/** `(r2 + 0, ...` of LLVM or `((u64 *)(r2 +0), ...` of the kernel. */
function parseExchangePlace(cur: Cursor, word: string): Ref & { bytes: 4 | 8 } {
  cur.expect('(');
  const place = cur.here();
  if (!word.startsWith('atomic')) return { ...parsePointer(cur), bytes: word.endsWith('64') ? 8 : 4 };
  const bytes = wordOnly(parseType(cur).bytes, cur, place);
  return { ...parseReference(cur), bytes };
}

function parseXchg(cur: Cursor, dst: Register, word: string): ParsedInsn {
  const { reg, off, bytes } = parseExchangePlace(cur, word);
  cur.expect(',');
  sameAs(cur, dst.index);
  cur.expect(')');
  return insn({ kind: 'xchg', bytes }, { dst: reg, off, src: dst.index });
}

function parseCmpxchg(cur: Cursor, dst: Register, word: string): ParsedInsn {
  const { reg, off, bytes } = parseExchangePlace(cur, word);
  if (dst.index !== 0)
    throw new AsmFault('cmpxchg compares with r0 and returns in it', cur.here(), `r0 = ${word}(...)`, 'r0');
  cur.expect(',');
  sameAs(cur, 0);
  cur.expect(',');
  const src = cur.register().index;
  cur.expect(')');
  return insn({ kind: 'cmpxchg', bytes }, { dst: reg, off, src });
}

function parseLoadAcquire(cur: Cursor, dst: Register): ParsedInsn {
  cur.expect('(');
  const { bytes } = parseType(cur);
  const { reg, off } = parseReference(cur);
  cur.expect(')');
  return insn({ kind: 'loadAcquire', bytes }, { dst: dst.index, src: reg, off });
}
