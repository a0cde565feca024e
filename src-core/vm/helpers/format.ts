import type { Runtime } from '../runtime.ts';

/** One value of a formatted print, as halves. */
export interface FormatArg {
  readonly lo: number;
  readonly hi: number;
}

const SPEC = /%(%|[-+ 0]*\d*(?:l{0,2}[diuxX]|c|s|p(?:[ku]s|[iI][46]|[KxsSB])?))/g;
/** Longest text that %s copies (MAX_BPRINTF_BIN_ARGS). */
const MAX_TEXT = 512;

function integerOf(arg: FormatArg, long: boolean, signed: boolean): bigint {
  const wide = (BigInt(arg.hi >>> 0) << 32n) | BigInt(arg.lo >>> 0);
  const bits = long ? 64 : 32;
  return signed ? BigInt.asIntN(bits, wide) : BigInt.asUintN(bits, wide);
}

/** Flags and width of a conversion. */
function layoutOf(spec: string): { readonly flags: string; readonly width: number } {
  const [, flags, width] = /^([-+ 0]*)(\d*)/.exec(spec) ?? ['', '', ''];
  return { flags, width: Number(width) };
}

function formatInteger(spec: string, arg: FormatArg): string {
  const letter = spec.at(-1);
  const { flags, width } = layoutOf(spec);
  const signed = letter === 'd' || letter === 'i';
  const value = integerOf(arg, spec.includes('l'), signed);
  const digits = letter === 'x' || letter === 'X' ? value.toString(16) : value.toString();
  const magnitude = (letter === 'X' ? digits.toUpperCase() : digits).replace('-', '');
  const sign = value < 0n ? '-' : !signed ? '' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  if (flags.includes('-')) return (sign + magnitude).padEnd(width);
  if (flags.includes('0')) return sign + magnitude.padStart(width - sign.length, '0');
  return (sign + magnitude).padStart(width);
}

function pad(spec: string, text: string): string {
  const { flags, width } = layoutOf(spec);
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}

/** %pi4, %pI4, %pi6 and %pI6: the address that the value points to. */
function formatAddress(rt: Runtime, spec: string, at: number): string {
  const size = spec.endsWith('4') ? 4 : 16;
  const bytes = rt.memory.contains(at, size) ? rt.memory.slice(at, size) : new Uint8Array(size);
  if (size === 4)
    return Array.from(bytes, (b) => (spec.includes('i') ? `${b}`.padStart(3, '0') : b)).join('.');
  const digits = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  return spec.includes('i') ? digits : (digits.match(/.{4}/g) ?? []).join(':');
}

function formatValue(rt: Runtime, spec: string, arg: FormatArg): string {
  const at = arg.lo >>> 0;
  if (/p[iI][46]$/.test(spec)) return pad(spec, formatAddress(rt, spec, at));
  // User space has no memory here.
  if (spec.endsWith('pus')) return pad(spec, '');
  if (/^[-+ 0]*\d*(?:pk)?s$/.test(spec))
    return pad(spec, arg.hi === 0 && rt.memory.contains(at, 1) ? rt.text(at, MAX_TEXT) : '');
  if (spec.endsWith('c')) return pad(spec, String.fromCharCode(arg.lo & 0xff));
  if (spec.includes('p')) return at.toString(16).padStart(16, '0');
  return formatInteger(spec, arg);
}

/** What bpf_trace_printk() and bpf_snprintf() make of a format that they took (format-check.ts), Linux 6.18. */
export function formatText(rt: Runtime, format: string, args: readonly FormatArg[]): string {
  let next = 0;
  return format.replace(SPEC, (_, spec: string) =>
    spec === '%' ? '%' : formatValue(rt, spec, args[next++] ?? { lo: 0, hi: 0 }),
  );
}
