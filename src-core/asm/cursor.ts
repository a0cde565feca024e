import { AsmFault, type Place } from './diagnostics.ts';
import type { Statement, Token } from './lexer.ts';
import { nearest } from './suggest.ts';

export interface Register {
  readonly index: number;
  /** "w3": the lower half. */
  readonly half: boolean;
}

const S16 = [-32768, 32767] as const;
const OPERATORS = ['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>'];

/** Reads a statement's tokens from left to right; what does not fit throws AsmFault. */
export class Cursor {
  private pos = 0;

  constructor(readonly statement: Statement) {}

  peek(ahead = 0): Token | null {
    return this.statement.tokens[this.pos + ahead] ?? null;
  }

  /** Is the next token this one? */
  at(text: string, ahead = 0): boolean {
    const t = this.peek(ahead);
    return t !== null && t.kind !== 'string' && t.text === text;
  }

  next(): Token | null {
    const t = this.peek();
    if (t !== null) this.pos++;
    return t;
  }

  accept(text: string): boolean {
    if (!this.at(text)) return false;
    this.pos++;
    return true;
  }

  here(): Place {
    return this.peek() ?? this.statement.end;
  }

  fail(expected: string, candidates: Iterable<string> = []): never {
    const t = this.peek();
    const what = t === null ? 'the statement ends here' : `unexpected '${t.text}'`;
    throw new AsmFault(
      `${what}; expected ${expected}`,
      this.here(),
      expected,
      t?.kind === 'word' ? nearest(t.text, candidates) : null,
    );
  }

  expect(text: string, why = `'${text}'`): void {
    if (!this.accept(text)) this.fail(why, [text]);
  }

  /** Nothing may follow but the target that llvm-objdump adds: "<main+0x18>". */
  end(): void {
    if (this.at('<') && this.statement.tokens.at(-1)?.text === '>') return;
    const t = this.peek();
    if (t === null) return;
    if (OPERATORS.includes(t.text))
      this.fail('the end of the statement: one operation each (r1 = r2; r1 += 3)');
    this.fail('the end of the statement');
  }

  word(expected: string, candidates: Iterable<string> = []): Token {
    const t = this.peek();
    if (t === null || t.kind !== 'word') this.fail(expected, candidates);
    this.pos++;
    return t;
  }

  /** A register that stands next, without taking it. */
  peekRegister(ahead = 0): Register | null {
    const t = this.peek(this.at('%', ahead) ? ahead + 1 : ahead);
    return t === null ? null : parseRegister(t.text);
  }

  register(expected = 'a register (r0-r10)'): Register {
    const skip = this.at('%') ? 1 : 0;
    const t = this.peek(skip);
    const reg = t === null ? null : parseRegister(t.text);
    if (reg === null) {
      const names = Array.from({ length: 11 }, (_, i) => [`r${i}`, `w${i}`]).flat();
      this.fail(expected, names);
    }
    this.pos += 1 + skip;
    return reg;
  }

  /** A register that must be a whole one. */
  whole(): number {
    const place = this.here();
    const reg = this.register();
    if (reg.half)
      throw new AsmFault(`w${reg.index} cannot stand here`, place, `r${reg.index}`, `r${reg.index}`);
    return reg.index;
  }

  isNumber(): boolean {
    const ahead = this.at('+') || this.at('-') ? 1 : 0;
    return this.peek(ahead)?.kind === 'number';
  }

  /** A number with any signs before it. */
  number(expected = 'a number'): bigint {
    let negative = false;
    while (this.at('+') || this.at('-')) negative = this.next()?.text === '-' ? !negative : negative;
    const t = this.peek();
    if (t === null || t.kind !== 'number') this.fail(expected);
    const value = parseNumber(t.text);
    if (value === null) throw new AsmFault(`'${t.text}' is not a number`, t, expected);
    this.pos++;
    return negative ? -value : value;
  }

  private ranged(lo: number, hi: number, what: string): number {
    const place = this.here();
    const value = this.number(what);
    if (value < BigInt(lo) || value > BigInt(hi)) {
      throw new AsmFault(`${value} does not fit: ${what} goes from ${lo} to ${hi}`, place, what);
    }
    return Number(value);
  }

  /** A signed 16-bit offset. */
  offset(): number {
    return this.ranged(S16[0], S16[1], 'an offset');
  }

  /** A 32-bit immediate, written signed or unsigned. */
  imm32(): number {
    return this.ranged(-0x8000_0000, 0xffff_ffff, 'a 32-bit number') | 0;
  }

  /** A 64-bit immediate, as halves. */
  imm64(): { lo: number; hi: number } {
    const place = this.here();
    const value = this.number('a 64-bit number');
    if (value < -(1n << 63n) || value >= 1n << 64n)
      throw new AsmFault(`${value} does not fit in 64 bits`, place);
    const bits = BigInt.asUintN(64, value);
    return { lo: Number(bits & 0xffff_ffffn) | 0, hi: Number(bits >> 32n) | 0 };
  }

  string(): string {
    return new TextDecoder().decode(this.stringBytes());
  }

  /** The bytes of a string: escapes are bytes, everything else is UTF-8. */
  stringBytes(): Uint8Array {
    const t = this.peek();
    if (t === null || t.kind !== 'string') this.fail('a string in double quotes');
    this.pos++;
    return unquote(t.text.slice(1, -1));
  }
}

export function parseRegister(text: string): Register | null {
  if (text === 'fp') return { index: 10, half: false };
  const found = /^([rw])(10|\d)$/i.exec(text);
  return found === null ? null : { index: Number(found[2]), half: found[1].toLowerCase() === 'w' };
}

export function parseNumber(text: string): bigint | null {
  const found = /^(0x[0-9a-f]+|0b[01]+|\d+)(u?l{0,2})$/i.exec(text);
  return found === null ? null : BigInt(found[1]);
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, b: 8 };

/** `\n`, `\x41`, `\101`. */
function unquote(text: string): Uint8Array {
  const parts = text.match(/\\(?:x[0-9a-f]{1,2}|[0-7]{1,3}|.)|[^\\]+/gis) ?? [];
  return Uint8Array.from(
    parts.flatMap((part) => [...(part.startsWith('\\') ? [escaped(part.slice(1))] : encoder.encode(part))]),
  );
}

const encoder = new TextEncoder();

function escaped(e: string): number {
  if (/^x./i.test(e)) return Number.parseInt(e.slice(1), 16);
  return /^[0-7]/.test(e) ? Number.parseInt(e, 8) & 0xff : (ESCAPES[e] ?? e.charCodeAt(0));
}
