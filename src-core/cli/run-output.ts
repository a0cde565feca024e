import type { TestRunResult } from '../bpf/commands/test-run.ts';
import type { MapContents } from '../bpf/contents.ts';
import { toHex } from '../sim/hex.ts';

/** Bytes as `bpftool prog run` prints them: 16 a line, offset first. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = Array.from(row, (b, i) => (i === 8 ? ' ' : '') + b.toString(16).padStart(2, '0')).join(' ');
    const text = Array.from(row, (b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('');
    lines.push(`${at.toString(16).padStart(7, '0')}: ${hex.padEnd(48)}  ${text}`);
  }
  return lines.join('\n');
}

/** What `run --json` prints: bytes in hexadecimal, null where a run gave nothing. */
export interface RunJson {
  readonly file: string;
  readonly prog: string;
  readonly runs: readonly {
    readonly retval: number | null;
    readonly durationNs: number | null;
    readonly dataOut: string | null;
    readonly ctxOut: string | null;
    readonly error: string | null;
    readonly trace: readonly string[];
  }[];
  readonly maps: readonly MapContents[];
}

export function runAsJson(what: {
  readonly file: string;
  readonly prog: string;
  readonly runs: readonly TestRunResult[];
  readonly maps: readonly MapContents[];
}): RunJson {
  const runs = what.runs.map((run) =>
    run.ok
      ? {
          retval: run.retval,
          durationNs: run.durationNs,
          dataOut: toHex(run.dataOut),
          ctxOut: toHex(run.ctxOut),
          error: null,
          trace: run.trace,
        }
      : {
          retval: null,
          durationNs: null,
          dataOut: null,
          ctxOut: null,
          error: `${run.why} (errno ${run.errno})`,
          trace: [],
        },
  );
  return { ...what, runs };
}

/** Maps for a person: a line a map, a line an element. */
export const mapText = (maps: readonly MapContents[]): string =>
  maps
    .flatMap(({ name, type, entries }) => [
      `${name} (${type}): ${entries.length} element${entries.length === 1 ? '' : 's'}`,
      ...entries.map(([key, value]) => `  ${key === '' ? '' : `${key} = `}${value}`),
    ])
    .join('\n');
