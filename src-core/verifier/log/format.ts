import { InternalError } from '../../util/assert-never.ts';
import { u64ToHex } from '../../util/int64.ts';

/** What a placeholder takes: 64-bit numbers come as text (`s64ToDec()`) with %s. */
export type FormatArg = number | string;

const PLACEHOLDER = /%(%|([+#0]?)(\d*)(l{0,2})([dicsux]))/g;

function integer(arg: FormatArg, fmt: string): number {
  if (typeof arg === 'number') return arg;
  throw new InternalError(`format "${fmt}" wants a number, got "${arg}"`);
}

function hex(value: number, isLong: boolean): string {
  if (!isLong || value >= 0) return isLong ? value.toString(16) : (value >>> 0).toString(16);
  return u64ToHex(value | 0, -1);
}

interface Placeholder {
  readonly flags: string;
  readonly width: number;
  readonly long: boolean;
  readonly kind: string;
}

function convert({ flags, width, long, kind }: Placeholder, arg: FormatArg, fmt: string): string {
  if (kind === 's') return String(arg);
  if (kind === 'c') return typeof arg === 'number' ? String.fromCharCode(arg) : arg;
  const value = integer(arg, fmt);
  if (kind === 'x') {
    const digits = hex(value, long);
    if (flags === '#') return value === 0 ? '0' : `0x${digits}`;
    return flags === '0' ? digits.padStart(width, '0') : digits;
  }
  if (kind === 'u') return String(long ? value : value >>> 0);
  return flags === '+' && value >= 0 ? `+${value}` : String(value);
}

/** Texts and placeholders of a format in turn. */
type Parsed = readonly (string | Placeholder)[];

/** Formats are the literals of the checks, a few hundred: each is parsed once. */
const parsed = new Map<string, Parsed>();

function parse(fmt: string): Parsed {
  const out: (string | Placeholder)[] = [];
  let at = 0;
  for (const match of fmt.matchAll(PLACEHOLDER)) {
    if (match.index > at) out.push(fmt.slice(at, match.index));
    at = match.index + match[0].length;
    const [, whole, flags, width, long, kind] = match;
    out.push(whole === '%' ? '%' : { flags, width: Number(width), long: long !== '', kind });
  }
  if (at < fmt.length) out.push(fmt.slice(at));
  parsed.set(fmt, out);
  return out;
}

/** The part of the kernel's printf that the verifier's messages use: %d %u %x %#x %02x %+d %s %c %lld %llx. */
export function format(fmt: string, args: readonly FormatArg[]): string {
  let next = 0;
  let out = '';
  for (const part of parsed.get(fmt) ?? parse(fmt)) {
    out += typeof part === 'string' ? part : convert(part, args[next++], fmt);
  }
  return out;
}
