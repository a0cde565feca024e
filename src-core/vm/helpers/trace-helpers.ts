import { EINVAL } from '../maps/map.ts';
import type { Runtime } from '../runtime.ts';
import { type FormatArg, formatText } from './format.ts';
import { intHelper } from './helper.ts';

/** Lines kept: the trace is a window for a person, not a log file. */
const MAX_TRACE_LINES = 10_000;

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

/** bpf_trace_printk() and its kin (kernel/trace/bpf_trace.c, Linux 6.18). */
export const TRACE_HELPERS = [
  intHelper(6, 'bpf_trace_printk', 5, (rt) => {
    const args = [3, 4, 5].map((n) => ({ lo: rt.arg(n), hi: rt.argHi(n) }));
    const line = formatText(rt, rt.text(rt.arg(1), rt.arg(2)), args);
    emit(rt, line);
    return line.length + 1;
  }),
  intHelper(177, 'bpf_trace_vprintk', 4, (rt) => {
    const line = formatText(rt, rt.text(rt.arg(1), rt.arg(2)), packedArgs(rt, rt.arg(3), rt.arg(4)));
    emit(rt, line);
    return line.length + 1;
  }),
  intHelper(165, 'bpf_snprintf', 5, (rt) => {
    if (rt.arg(5) % 8 !== 0) return -EINVAL;
    const text = formatText(rt, rt.text(rt.arg(3), 4096), packedArgs(rt, rt.arg(4), rt.arg(5)));
    const size = rt.arg(2);
    const bytes = new TextEncoder().encode(text);
    if (size > 0) {
      const cut = bytes.subarray(0, size - 1);
      rt.memory.bytes.set(cut, rt.arg(1));
      rt.memory.bytes[rt.arg(1) + cut.length] = 0;
    }
    return bytes.length + 1;
  }),
];
