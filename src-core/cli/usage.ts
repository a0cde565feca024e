import type { InputError } from '../util/input-error.ts';

export const USAGE = `xlated: the Linux 6.18 verifier, a Wasm JIT and a simulated kernel, on the command line

  xlated verify [--log-level 0|1|2|4] [--log-dir DIR] [--prog NAME] [--type TYPE[/ATTACH]] [--json] FILE...
  xlated run    [--prog NAME] [--type TYPE[/ATTACH]] [--data-in FILE]... [--data-out FILE] [--ctx-in FILE] [--ctx-out FILE]
                [--pcap FILE] [--repeat N] [--engine jit|interp] [--maps] [--json] FILE
  xlated explain [--prog NAME] [--type TYPE[/ATTACH]] [--json] FILE...
  xlated replay [--json] TAPE
  xlated disasm [--prog NAME] FILE
  xlated asm    FILE.s -o FILE.o
  xlated conformance [--engine jit|interp] [MEMORY-HEX]

FILE is a compiled object (.o) or assembly (.s). Exit status: 0 all accepted, 1 some rejected,
2 bad usage or unreadable input, 3 something unsupported.
`;

/** What is wrong with the input, and what to do about it, in one line. */
export const inputProblem = (e: InputError): string =>
  `xlated: ${e.message}${e.hint === null ? '' : ` (${e.hint})`}`;

/** Exit statuses of every command. */
export const EXIT = { ok: 0, rejected: 1, bad: 2, unsupported: 3 } as const;

/** Exit status of a command over several programs: the worst that became of one. */
export function exitStatus(rows: readonly { readonly verdict: string }[]): number {
  if (rows.some((r) => r.verdict === 'error')) return EXIT.bad;
  if (rows.some((r) => r.verdict === 'unsupported')) return EXIT.unsupported;
  return rows.some((r) => r.verdict === 'reject') ? EXIT.rejected : EXIT.ok;
}

/** Wrong words on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
