import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble } from '../../src-core/asm/assemble.ts';
import type { Btf } from '../../src-core/btf/btf.ts';
import { loadElf } from '../../src-core/object/load.ts';
import type { ObjectSpec } from '../../src-core/object/spec.ts';
import { helperId } from '../../src-core/platform/helper-names.ts';

export const PROGRAMS = fileURLToPath(new URL('../programs/', import.meta.url));
export const GOLDENS = fileURLToPath(new URL('../golden/verifier/', import.meta.url));

/** One of the project's own programs: `tests/programs/<topic>/<name>.s`, one program a file. */
export interface ProjectProgram {
  /** "<topic>/<name>" */
  readonly id: string;
  readonly path: string;
  readonly golden: string;
  /** Why it is not run, from a line "// norun: reason"; null when it is. */
  readonly noRun: string | null;
}

export function projectPrograms(): ProjectProgram[] {
  return readdirSync(PROGRAMS)
    .sort()
    .flatMap((topic) =>
      readdirSync(join(PROGRAMS, topic))
        .filter((name) => name.endsWith('.s'))
        .sort()
        .map((name) => {
          const id = `${topic}/${name.slice(0, -2)}`;
          const path = join(PROGRAMS, topic, name);
          const noRun = /^\/\/ norun: (.*)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? null;
          return { id, path, golden: join(GOLDENS, `${id}.log`), noRun };
        }),
    );
}

/** Assembles a program; a fault of the text is a failed test with its line. */
export function specOf(program: ProjectProgram, kernel: () => Btf): ObjectSpec {
  const kfuncId = (name: string): number | null => kernel().findByName(name, 'func');
  const { object, diagnostics } = assemble(readFileSync(program.path, 'utf8'), { helperId, kfuncId });
  if (object === null) {
    const [d] = diagnostics;
    throw new Error(`${program.path}:${d.line}:${d.column}: ${d.message} (${d.expected ?? ''})`);
  }
  return loadElf(object, program.id.replace(/.*\//, ''), { vmlinux: null });
}

/** Packets that accepted programs run on, in this order: a TCP SYN to port 80 and the shortest frame. */
export const RUN_PACKETS: readonly Uint8Array[] = [
  '0200000000020200000000010800450000280001400040062' +
    '6ce0a0000010a000002c3500050000000010000000050 02ffff00000000',
  '0200000000020200000000010800',
].map((hex) => Uint8Array.from(hex.replace(/\s/g, '').match(/../g) ?? [], (b) => Number.parseInt(b, 16)));

/** What one run left, as comparable text. */
export interface RunText {
  readonly retval: number;
  readonly dataOut: Uint8Array;
  /** Per map: name and its elements as "key=value" in hexadecimal, sorted; per-CPU values sorted too. */
  readonly maps: readonly { readonly name: string; readonly elements: readonly string[] }[];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** "key=value"; the CPU that a run happens on is the kernel's choice, so per-CPU values are sorted. */
export function elementText(key: Uint8Array, value: Uint8Array, cpuStride: number): string {
  const parts: string[] = [];
  for (let at = 0; at < value.length; at += cpuStride) parts.push(hex(value.subarray(at, at + cpuStride)));
  return `${hex(key)}=${parts.sort().join(',')}`;
}

export function runText(r: RunText): string {
  const maps = r.maps.map((m) => `map ${m.name}: ${[...m.elements].sort().join(' ')}`);
  return [`retval ${r.retval}`, `data ${hex(r.dataOut)}`, ...maps].join('\n');
}
