import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ObjectSession } from '../../../src-core/bpf/session.ts';
import { loadProgram, openObject } from '../../../src-core/bpf/session.ts';
import { vmlinuxBtf } from '../../../src-core/cli/load-file.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import type { ObjectSpec, ProgramSpec } from '../../../src-core/object/spec.ts';
import { loadOnKernel, openOnKernel } from '../../kernel/load-on-kernel.ts';
import { closeFd, mapUpdate } from '../../kernel/oracle.ts';
import { PER_CPU_TYPES, round8, runOnKernel, WALKABLE_TYPES } from '../../kernel/run-on-kernel.ts';
import { runningBtf } from '../../kernel/running-btf.ts';
import { elementText, RUN_PACKETS, runText } from '../../support/project-programs.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
export const ANSWERS = `${FOLDER}answers.json`;
const [PACKET] = RUN_PACKETS;

/** One program of an object of this folder. */
export interface RunCase {
  /** "<object>/<program>" */
  readonly id: string;
  readonly spec: ObjectSpec;
  readonly prog: ProgramSpec;
  /** The same object for the running kernel, whose BTF may number its types differently. */
  live(): { readonly spec: ObjectSpec; readonly prog: ProgramSpec };
}

export function runCases(): RunCase[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.bpf.o'))
    .sort()
    .flatMap((name) => {
      const object = name.replace('.bpf.o', '');
      const bytes = new Uint8Array(readFileSync(FOLDER + name));
      const first = loadElf(bytes, object, { vmlinux: null });
      const spec = first.needsVmlinux ? loadElf(bytes, object, { vmlinux: vmlinuxBtf() }) : first;
      return spec.programs.map((prog, i) => ({
        id: `${object}/${prog.name}`,
        spec,
        prog,
        live: () => {
          const there = spec.needsVmlinux ? loadElf(bytes, object, { vmlinux: runningBtf() }) : spec;
          return { spec: there, prog: there.programs[i] };
        },
      }));
    });
}

/** Elements that a user puts in maps before the run: by map name, key 1. */
const PUT: Readonly<Record<string, Uint8Array>> = {
  devs: Uint8Array.of(1, 0, 0, 0),
  dev_hash: Uint8Array.of(1, 0, 0, 0),
  cpus: Uint8Array.of(8, 0, 0, 0),
};
const KEY = Uint8Array.of(1, 0, 0, 0);

const prepared = (spec: ObjectSpec): { index: number; value: Uint8Array }[] =>
  spec.maps.flatMap((map, index) => (map.name in PUT ? [{ index, value: PUT[map.name] }] : []));

/** What the live kernel leaves after one test run, as text. */
export function kernelAnswer(c: RunCase): string {
  const { spec, prog } = c.live();
  const object = openOnKernel(spec);
  try {
    if (object.problem !== null) return `error: ${object.problem}`;
    for (const { index, value } of prepared(spec)) mapUpdate(object.mapFds[index] as number, KEY, value);
    const loaded = loadOnKernel(spec, prog, object, 1);
    if (loaded === null || loaded.fd === null) return `refused: ${loaded?.log ?? ''}`;
    const run = runOnKernel(spec, object, loaded.fd, PACKET);
    closeFd(loaded.fd);
    return 'errno' in run ? `errno ${run.errno}` : runText(run);
  } finally {
    object.close();
  }
}

/** The same from the simulated kernel. */
export function ourAnswer({ spec, prog }: RunCase, engine: 'jit' | 'interp'): string {
  const session = openObject(spec, { vmlinux: vmlinuxBtf, timer: () => 0 });
  const { kernel, maps } = session;
  if (!maps.ok) return `error: map ${maps.map}`;
  for (const { index, value } of prepared(spec)) kernel.maps.update(maps.fds[index] as number, KEY, value);
  const out = loadProgram(session, prog, { level: 1, onEvent: null, shouldStop: null });
  if (out.fd === null) return `${out.verdict}: ${out.message}\n${out.log}`;
  const run = kernel.testRun(out.fd, { dataIn: PACKET, ctxIn: new Uint8Array(0), repeat: 1, engine });
  if (!run.ok) return `errno ${run.errno}: ${run.why}`;
  return runText({ retval: run.retval, dataOut: run.dataOut, maps: contents(session) });
}

function contents({ kernel, spec, maps }: ObjectSession): { name: string; elements: string[] }[] {
  return spec.maps.flatMap((map, i) => {
    const fd = maps.ok ? maps.fds[i] : null;
    if (fd === null || !WALKABLE_TYPES.includes(map.type)) return [];
    const stride = PER_CPU_TYPES.includes(map.type) ? round8(map.valueSize) : map.valueSize;
    const elements = kernel.maps.entries(fd, 1000).map((e) => elementText(e.key, e.value, stride));
    return [{ name: map.name, elements }];
  });
}

/** An answer for people: the 64-bit words of the array "out" one a line, no constants of the object. */
export function readable(answer: string): string[] {
  return answer.split('\n').flatMap((line) => {
    // Constants, and heads of lists, which hold kernel addresses.
    if (/^map \S*(\.rodata|\.items)/.test(line)) return [];
    const out = /^map \S*\.bss: 00000000=(\w+)$/.exec(line)?.[1];
    if (out === undefined) return [line];
    return (out.match(/.{16}/g) ?? []).map((word, i) => {
      const value = Buffer.from(word, 'hex').readBigInt64LE();
      return `out[${i}] = ${value}`;
    });
  });
}
