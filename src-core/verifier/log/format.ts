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

function convert(
  flags: string,
  width: string,
  long: string,
  kind: string,
  arg: FormatArg,
  fmt: string,
): string {
  if (kind === 's') return String(arg);
  if (kind === 'c') return typeof arg === 'number' ? String.fromCharCode(arg) : arg;
  const value = integer(arg, fmt);
  if (kind === 'x') {
    const digits = hex(value, long !== '');
    if (flags === '#') return value === 0 ? '0' : `0x${digits}`;
    return flags === '0' ? digits.padStart(Number(width), '0') : digits;
  }
  if (kind === 'u') return String(long === '' ? value >>> 0 : value);
  return flags === '+' && value >= 0 ? `+${value}` : String(value);
}

/** The part of the kernel's printf that the verifier's messages use: %d %u %x %#x %02x %+d %s %c %lld %llx. */
export function format(fmt: string, args: readonly FormatArg[]): string {
  if (args.length === 0 && !fmt.includes('%')) return fmt;
  let next = 0;
  return fmt.replace(
    PLACEHOLDER,
    (_, whole: string, flags: string, width: string, long: string, kind: string) =>
      whole === '%' ? '%' : convert(flags, width, long, kind, args[next++], fmt),
  );
}
