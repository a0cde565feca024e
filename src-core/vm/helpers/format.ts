import type { Runtime } from '../runtime.ts';

/** One value of a formatted print, as halves. */
export interface FormatArg {
  readonly lo: number;
  readonly hi: number;
}

const SPEC = /%(%|[-+ #0]*\d*(?:hh|h|ll|l)?[diuxXcp]|s|p[A-Za-z0-9]*)/g;

function integerOf(arg: FormatArg, long: boolean, signed: boolean): bigint {
  const wide = (BigInt(arg.hi >>> 0) << 32n) | BigInt(arg.lo >>> 0);
  const bits = long ? 64 : 32;
  return signed ? BigInt.asIntN(bits, wide) : BigInt.asUintN(bits, wide);
}

function formatInteger(spec: string, arg: FormatArg): string {
  const letter = spec.at(-1);
  const long = spec.includes('l');
  const flags = /^[-+ #0]*/.exec(spec)?.[0] ?? '';
  const width = Number(/^[-+ #0]*(\d+)/.exec(spec)?.[1] ?? '0');
  const value = integerOf(arg, long, letter === 'd' || letter === 'i');
  let digits = letter === 'x' || letter === 'X' ? value.toString(16) : value.toString();
  if (flags.includes('#') && (letter === 'x' || letter === 'X')) digits = `0x${digits}`;
  if (letter === 'X') digits = digits.toUpperCase();
  if (flags.includes('+') && value >= 0n && letter === 'd') digits = `+${digits}`;
  if (flags.includes('-')) return digits.padEnd(width);
  return digits.padStart(width, flags.includes('0') ? '0' : ' ');
}

/** What bpf_trace_printk() and bpf_snprintf() accept of printf (bpf_bprintf_prepare(), Linux 6.18). */
export function formatText(rt: Runtime, format: string, args: readonly FormatArg[]): string {
  let next = 0;
  return format.replace(SPEC, (whole, spec: string) => {
    if (spec === '%') return '%';
    const arg = args[next++] ?? { lo: 0, hi: 0 };
    if (spec === 's') return rt.memory.contains(arg.lo >>> 0, 1) ? rt.text(arg.lo >>> 0, 512) : '';
    if (spec === 'c') return String.fromCharCode(arg.lo & 0xff);
    if (spec.startsWith('p')) return (arg.lo >>> 0).toString(16).padStart(16, '0');
    return spec.length > 0 ? formatInteger(spec, arg) : whole;
  });
}
