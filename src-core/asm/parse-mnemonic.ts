import type { InsnForm } from '../isa/table.ts';
import type { Cursor } from './cursor.ts';
import { AsmFault } from './diagnostics.ts';
import { insn, type ParsedInsn } from './insn.ts';
import { canonicalMnemonic, FIRST_WORDS, FORMS_BY_MNEMONIC } from './keywords.ts';
import { type HelperId, parseCall, parseTarget } from './parse-control.ts';
import { nearest } from './suggest.ts';

/** One statement of the syntax of ubpf, rbpf and bpf_conformance: `ldxdw %r0, [%r10-8]`. */
export function parseMnemonic(cur: Cursor, helperId: HelperId): ParsedInsn {
  const word = cur.word('an instruction or a directive', FIRST_WORDS);
  const forms = word.text === 'lock' ? lockForms(cur) : FORMS_BY_MNEMONIC.get(canonicalMnemonic(word.text));
  if (forms === undefined || forms.length === 0) {
    throw new AsmFault(
      `'${word.text}' is no instruction`,
      word,
      'an instruction ("r0 = 1", "mov r0, 1") or a directive (".section")',
      nearest(word.text, FIRST_WORDS),
    );
  }
  return parseOperands(cur, forms, helperId);
}

/** `lock add`, `lock fetch_add32`, `lock fetch add32`; "lock" is read. */
function lockForms(cur: Cursor): readonly InsnForm[] | undefined {
  const names = [...FORMS_BY_MNEMONIC.keys()].filter((m) => m.startsWith('lock ')).map((m) => m.slice(5));
  const first = cur.word(`an atomic operation (${names.join(' ')})`, names);
  const name = first.text === 'fetch' ? `fetch_${cur.word('add, or, and, xor').text}` : first.text;
  const forms =
    FORMS_BY_MNEMONIC.get(`lock ${name}`) ?? FORMS_BY_MNEMONIC.get(`lock ${name.replace(/64$/, '')}`);
  if (forms === undefined) {
    throw new AsmFault(`'${name}' is no atomic operation`, first, names.join(' '), nearest(name, names));
  }
  return forms;
}

/** `[%r10-8]`; ubpf writes the sign without spaces, others with them. */
function parseMemory(cur: Cursor): { reg: number; off: number } {
  cur.expect('[', 'a place in memory: [r10-8]');
  const reg = cur.whole();
  const off = cur.at('+') || cur.at('-') ? cur.offset() : 0;
  cur.expect(']');
  return { reg, off };
}

/** The form whose operand is a register, or the one with an immediate. */
function withOperand(forms: readonly InsnForm[], operand: 'reg' | 'imm'): InsnForm {
  return forms.find((f) => 'operand' in f.meaning && f.meaning.operand === operand) ?? forms[0];
}

function parseOperands(cur: Cursor, forms: readonly InsnForm[], helperId: HelperId): ParsedInsn {
  const { meaning } = forms[0];
  switch (meaning.kind) {
    case 'alu':
      return parseAlu(cur, forms);
    case 'jmp':
      return parseJump(cur, forms);
    case 'neg':
    case 'end':
      return insn(meaning, { dst: cur.whole() });
    case 'movsx':
    case 'addrSpaceCast':
      return parseTwoRegisters(cur, forms[0]);
    case 'ldImm64':
      return parseWideLoad(cur);
    case 'ldAbs':
      return insn(meaning, { imm: cur.imm32() });
    case 'ldInd':
      return parseIndirect(cur, forms[0]);
    case 'load':
    case 'loadAcquire':
      return parseLoad(cur, forms[0]);
    case 'store':
      return parseStore(cur, forms[0]);
    case 'atomic':
    case 'xchg':
    case 'cmpxchg':
    case 'storeRelease': {
      const { reg, off } = parseMemory(cur);
      cur.expect(',');
      return insn(meaning, { dst: reg, off, src: cur.whole() });
    }
    case 'ja':
    case 'mayGoto': {
      const field = meaning.kind === 'ja' && meaning.long ? 'imm' : 'off';
      const { value, ref } = parseTarget(cur, field);
      return insn(meaning, { [field]: value }, ref);
    }
    case 'call':
    case 'callx':
      return parseCall(cur, helperId);
    case 'exit':
      return insn(meaning, {});
  }
}

function parseAlu(cur: Cursor, forms: readonly InsnForm[]): ParsedInsn {
  const dst = cur.whole();
  cur.expect(',');
  if (cur.peekRegister() === null) return insn(withOperand(forms, 'imm').meaning, { dst, imm: cur.imm32() });
  return insn(withOperand(forms, 'reg').meaning, { dst, src: cur.whole() });
}

function parseJump(cur: Cursor, forms: readonly InsnForm[]): ParsedInsn {
  const dst = cur.whole();
  cur.expect(',');
  const src = cur.peekRegister() === null ? null : cur.whole();
  const imm = src === null ? cur.imm32() : 0;
  cur.expect(',');
  const { value, ref } = parseTarget(cur, 'off');
  if (src === null) return insn(withOperand(forms, 'imm').meaning, { dst, imm, off: value }, ref);
  return insn(withOperand(forms, 'reg').meaning, { dst, src, off: value }, ref);
}

function parseTwoRegisters(cur: Cursor, form: InsnForm): ParsedInsn {
  const dst = cur.whole();
  cur.expect(',');
  return insn(form.meaning, { dst, src: cur.whole() });
}

/** `lddw r1, 0x1122334455667788` or `lddw r1, counters`. */
function parseWideLoad(cur: Cursor): ParsedInsn {
  const dst = cur.whole();
  cur.expect(',');
  if (cur.isNumber()) {
    const { lo, hi } = cur.imm64();
    return insn({ kind: 'ldImm64', what: 'imm' }, { dst, imm: lo, immHi: hi });
  }
  const name = cur.word('a 64-bit number or a symbol');
  return insn({ kind: 'ldImm64', what: 'imm' }, { dst }, { kind: 'address', label: name.text, place: name });
}

function parseIndirect(cur: Cursor, form: InsnForm): ParsedInsn {
  const src = cur.whole();
  cur.expect(',');
  return insn(form.meaning, { src, imm: cur.imm32() });
}

function parseLoad(cur: Cursor, form: InsnForm): ParsedInsn {
  const dst = cur.whole();
  cur.expect(',');
  const { reg, off } = parseMemory(cur);
  return insn(form.meaning, { dst, src: reg, off });
}

function parseStore(cur: Cursor, form: InsnForm): ParsedInsn {
  const { reg, off } = parseMemory(cur);
  cur.expect(',');
  const isReg = form.meaning.kind === 'store' && form.meaning.operand === 'reg';
  return isReg
    ? insn(form.meaning, { dst: reg, off, src: cur.whole() })
    : insn(form.meaning, { dst: reg, off, imm: cur.imm32() });
}
