import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const TRACING = '/sys/kernel/tracing';

/** The kernel's trace buffer, emptied; null where it cannot be had. */
export function clearTrace(): void {
  if (!existsSync(`${TRACING}/trace`)) execFileSync('mount', ['-t', 'tracefs', 'tracefs', TRACING]);
  writeFileSync(`${TRACING}/trace`, '');
}

/** What bpf_trace_printk() wrote since then, a line an item, without task, processor and time. */
export function traceLines(): string[] {
  return readFileSync(`${TRACING}/trace`, 'latin1')
    .split('\n')
    .flatMap((line) => /: bpf_trace_printk: (.*)$/.exec(line)?.[1] ?? []);
}
