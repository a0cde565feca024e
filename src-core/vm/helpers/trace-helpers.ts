import { EINVAL } from '../../uapi/errno.ts';
import type { Runtime } from '../runtime.ts';
import { type FormatArg, formatText } from './format.ts';
import { formatTaken } from './format-check.ts';
import { intHelper } from './helper.ts';

/** Lines kept: the trace is a window for a person, not a log file. */
const MAX_TRACE_LINES = 10_000;
const MAX_FORMAT = 4096;

function emit(rt: Runtime, line: string): void {
  if (rt.trace.length >= MAX_TRACE_LINES) rt.trace.shift();
  rt.trace.push(line);
}

/** u64 values in an array of `bytes` bytes at `at`. */
function packedArgs(rt: Runtime, at: number, bytes: number): FormatArg[] {
  return Array.from({ length: bytes >> 3 }, (_, i) => ({
    lo: rt.memory.view.getInt32(at + i * 8, true),
    hi: rt.memory.view.getInt32(at + i * 8 + 4, true),
  }));
}

/** MAX_BPRINTF_VARARGS values of 8 bytes. */
const MAX_VALUE_BYTES = 12 * 8;

const badValues = (bytes: number): boolean => bytes % 8 !== 0 || bytes > MAX_VALUE_BYTES;

/** The format of `size` bytes at `at`; null unless it ends in them and the kernel takes it. */
function formatAt(rt: Runtime, at: number, size: number, values: number): string | null {
  const text = rt.text(at, size);
  return text.length < size && formatTaken(text, values) ? text : null;
}

/** Writes one line to the trace; its length, or -EINVAL for a format that is not taken. */
function print(rt: Runtime, format: string | null, args: readonly FormatArg[]): number {
  if (format === null) return -EINVAL;
  const line = formatText(rt, format, args);
  emit(rt, line);
  return line.length;
}

/** bpf_trace_printk(format, size, three values) */
function tracePrint(rt: Runtime): number {
  const args = [3, 4, 5].map((n) => ({ lo: rt.arg(n), hi: rt.argHi(n) }));
  return print(rt, formatAt(rt, rt.arg(1), rt.arg(2), args.length), args);
}

/** bpf_trace_vprintk(format, size, values, bytes of values) */
function tracePrintValues(rt: Runtime): number {
  const bytes = rt.arg(4);
  if (badValues(bytes)) return -EINVAL;
  return print(rt, formatAt(rt, rt.arg(1), rt.arg(2), bytes >> 3), packedArgs(rt, rt.arg(3), bytes));
}

/** bpf_snprintf(to, size, format, values, bytes of values): the length of the whole text with its NUL. */
function printTo(rt: Runtime): number {
  const [to, size, bytes] = [rt.arg(1), rt.arg(2), rt.arg(5)];
  if (badValues(bytes)) return -EINVAL;
  // The verifier has looked at the format, which is a constant.
  const text = formatText(rt, rt.text(rt.arg(3), MAX_FORMAT), packedArgs(rt, rt.arg(4), bytes));
  if (size > 0) {
    const cut = Uint8Array.from(text.slice(0, size - 1), (letter) => letter.charCodeAt(0));
    rt.memory.bytes.set(cut, to);
    rt.memory.bytes[to + cut.length] = 0;
  }
  return text.length + 1;
}

/** bpf_trace_printk() and its kin (kernel/trace/bpf_trace.c, kernel/bpf/helpers.c; Linux 6.18). */
export const TRACE_HELPERS = [
  intHelper(6, 'bpf_trace_printk', 5, tracePrint),
  intHelper(177, 'bpf_trace_vprintk', 4, tracePrintValues),
  intHelper(165, 'bpf_snprintf', 5, printTo),
];
