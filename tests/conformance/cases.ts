import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** A program, the memory that r1 points to, and r0 at its end in hexadecimal. */
export interface ConformanceCase {
  readonly name: string;
  readonly asm: string;
  readonly memory: Uint8Array;
  readonly expected: string;
}

export const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16));

function parseCase(text: string): ConformanceCase {
  const [name, ...lines] = text.trimEnd().split('\n');
  const expected = /^=> (0x[0-9a-f]+)$/.exec(lines.at(-1) ?? '')?.[1];
  if (expected === undefined) throw new Error(`case "${name}" ends without "=> 0x..."`);
  const memory = lines[0].startsWith('mem ') ? lines.shift() : undefined;
  return { name, asm: lines.slice(0, -1).join('\n'), memory: fromHex(memory?.slice(4) ?? ''), expected };
}

/** Every case of every `*.cases` file of this folder, by file. */
export function conformanceCases(): ReadonlyMap<string, readonly ConformanceCase[]> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.cases'));
  return new Map(
    files.sort().map((file) => {
      const [, ...cases] = readFileSync(`${FOLDER}${file}`, 'utf8').split(/^== /m);
      return [file.replace('.cases', ''), cases.map(parseCase)];
    }),
  );
}
