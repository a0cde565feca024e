import { AsmFault, type Place } from './diagnostics.ts';

export interface Token extends Place {
  readonly kind: 'word' | 'number' | 'string' | 'punct';
  readonly text: string;
}

/** One statement: its tokens, and the place just behind them. */
export interface Statement {
  readonly tokens: readonly Token[];
  readonly end: Place;
  /** The opcode byte that a kernel log prints in front, "(bf)", or null. */
  readonly hint: number | null;
}

const TOKEN = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    // The signed operators hang on an "s": s> s>= s< s<= s>>= s/= s%=
    String.raw`(?<signed>s(?:>>=|\/=|%=|>=|<=|>|<))`,
    String.raw`(?<word>[A-Za-z_.$][\w.$]*)`,
    String.raw`(?<number>\d\w*)`,
    String.raw`(?<string>"(?:[^"\\]|\\.)*")`,
    String.raw`(?<punct><<=|>>=|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|==|!=|<=|>=|[\s\S])`,
  ].join('|'),
  'uy',
);

/** Splits one line (comments between slash and star are gone) into statements at ";". */
export function lexLine(source: string, line: number): Statement[] {
  const { text, hint } = stripPrefix(source);
  const out: Statement[] = [];
  let tokens: Token[] = [];
  let pos = 0;
  const close = (at: number) => {
    if (tokens.length > 0) out.push({ tokens, end: { line, column: at + 1, length: 1 }, hint });
    tokens = [];
  };
  while (pos < text.length) {
    if (isComment(text, pos)) break;
    if (text[pos] === ';') {
      // With nothing before it, it starts a comment: "; xdp: prog".
      const separates = tokens.length > 0 || out.length > 0;
      close(pos);
      if (!separates || !startsStatement(text.slice(pos + 1))) break;
      pos++;
      continue;
    }
    const next = readToken(text, pos, line);
    if (next.text !== ' ') tokens.push(next);
    pos += next.length;
  }
  close(Math.min(pos, text.trimEnd().length));
  return out;
}

function readToken(text: string, pos: number, line: number): Token {
  TOKEN.lastIndex = pos;
  const groups = TOKEN.exec(text)?.groups ?? {};
  if (groups.space !== undefined) return token('punct', ' ', line, pos, groups.space.length);
  if (groups.word !== undefined) return token('word', groups.word, line, pos);
  if (groups.number !== undefined) return token('number', groups.number, line, pos);
  if (groups.string !== undefined) return token('string', groups.string, line, pos);
  const punct = groups.signed ?? groups.punct ?? text[pos];
  if (punct === '"')
    throw new AsmFault('this string has no end', { line, column: pos + 1, length: text.length - pos });
  return token('punct', punct, line, pos);
}

function token(kind: Token['kind'], text: string, line: number, pos: number, length = text.length): Token {
  return { kind, text, line, column: pos + 1, length };
}

/** "#" between a word and a number is part of a call in a log: "call bpf_map_lookup_elem#1". */
function isComment(text: string, pos: number): boolean {
  if (text.startsWith('//', pos)) return true;
  return text[pos] === '#' && !/^\w#-?\d/.test(text.slice(Math.max(0, pos - 1), pos + 3));
}

// Small letters only: "; R0=6" is the state of a register in a log.
const STATEMENT =
  /^\s*(\.[a-z]|\*\s*\(|(if|goto|gotol|may_goto|call|callx|exit|lock|store_release)\b|%?[rw]\d+\s*(=|s?[-+*/%&|^<>]+=|,)|[A-Za-z_.$][\w.$]*\s*:|[a-z]+\d*\s+(%?r\d|\[))/;

/** What stands behind ";" is another statement in inline assembly, and a comment in a kernel's log. */
function startsStatement(rest: string): boolean {
  return rest.trim() === '' || STATEMENT.test(rest);
}

const HEX_BYTES = String.raw`(?:[0-9a-f]{2}\s){8}(?:(?:[0-9a-f]{2}\s){8})?\s*`;
const PREFIX = new RegExp(
  String.raw`^\s*(?:[0-9a-f]+:\s+${HEX_BYTES}|\d+:\s*\(([0-9a-f]{2})\)\s|\(([0-9a-f]{2})\)\s|\d+:\s+(?=[^\s]))`,
  'i',
);

/** Blanks out what a kernel's log ("7: (bf) ") or llvm-objdump ("7:\tbf 61 ... ") puts before an instruction. */
function stripPrefix(source: string): { text: string; hint: number | null } {
  const symbol = /^[0-9a-f]{8,16} <([^>]+)>:\s*$/.exec(source);
  if (symbol !== null) return { text: symbol[1].startsWith('.') ? '' : `${symbol[1]}:`, hint: null };
  const section = /^Disassembly of section (\S+):\s*$/.exec(source);
  if (section !== null) return { text: `.section "${section[1]}"`, hint: null };
  if (/:\s+file format elf64-bpf/.test(source)) return { text: '', hint: null };
  const found = PREFIX.exec(source);
  if (found === null) return { text: source, hint: null };
  const code = found[1] ?? found[2];
  const text = ' '.repeat(found[0].length) + source.slice(found[0].length);
  return { text, hint: code === undefined ? null : Number.parseInt(code, 16) };
}

const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|\/\*[\s\S]*?(?:\*\/|$)/g;

/** Blanks out C comments outside of strings, line breaks excepted, so that places stay right. */
export function blankComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (part) =>
    part.startsWith('"') ? part : part.replace(/[^\n]/g, ' '),
  );
}
