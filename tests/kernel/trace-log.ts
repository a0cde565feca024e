import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const TRACING = '/sys/kernel/tracing';

/** The kernel's trace buffer, emptied; null where it cannot be had. */
export function clearTrace(): void {
  if (!existsSync(`${TRACING}/trace`)) execFileSync('mount', ['-t', 'tracefs', 'tracefs', TRACING]);
  writeFileSync(`${TRACING}/trace`, '');
}

/** What bpf_trace_printk() wrote since then, a print an item, without task, processor and time. */
export function traceLines(): string[] {
  const out: string[] = [];
  let open = false;
  for (const line of readFileSync(`${TRACING}/trace`, 'latin1').replace(/\n$/, '').split('\n')) {
    const start = /^ *.*-\d+ +.*: bpf_trace_printk: (.*)$/.exec(line)?.[1];
    if (start !== undefined) out.push(start);
    // A print may have several lines.
    else if (open && !line.startsWith('#')) out[out.length - 1] += `\n${line}`;
    open = out.length > 0;
  }
  return out;
}
