/** npm run bench: figures and ratios beside the kernel's own, in the same run. Nothing is asserted. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assemble } from '../../src-core/asm/assemble.ts';
import { loadProgram, openObject } from '../../src-core/bpf/session.ts';
import { loadElf } from '../../src-core/object/load.ts';
import type { ObjectSpec } from '../../src-core/object/spec.ts';
import { helperId } from '../../src-core/platform/helper-names.ts';
import { loadOnKernel, openOnKernel } from '../kernel/load-on-kernel.ts';
import { closeFd, oracleMissing, testRun } from '../kernel/oracle.ts';
import { longWalk, RUN_BENCHES } from './programs.ts';

const kernelHere = oracleMissing() === null;
const ns = (): number => performance.now() * 1e6;
const row = (name: string, ours: number, kernel: number | null, unit: string): void => {
  const ratio = kernel === null || kernel === 0 ? '' : `  x ${(ours / kernel).toFixed(2)}`;
  console.log(
    `${name.padEnd(34)}${ours.toFixed(0).padStart(10)} ${unit}${kernel === null ? '' : `${kernel.toFixed(0).padStart(10)} ${unit} kernel`}${ratio}`,
  );
};

function specOf(text: string): ObjectSpec {
  const { object, diagnostics } = assemble(text, { helperId });
  if (object === null) throw new Error(diagnostics[0].message);
  return loadElf(object, 'bench', { vmlinux: null });
}

/** Best of `rounds` timings, in nanoseconds. */
function best(rounds: number, body: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rounds; i++) {
    const start = ns();
    body();
    least = Math.min(least, ns() - start);
  }
  return least;
}

/** Least of several measurements: the first ones run code that is not optimised yet. */
const leastOf = (rounds: number, measure: () => number): number =>
  Math.min(...Array.from({ length: rounds }, measure));

function verifyTime(spec: ObjectSpec, level: number, rounds: number): number {
  const session = openObject(spec, { vmlinux: null, timer: ns });
  return best(rounds, () => {
    const out = loadProgram(session, spec.programs[0], { level, onEvent: null, shouldStop: null });
    if (out.fd !== null) session.kernel.close(out.fd);
  });
}

function kernelVerifyTime(spec: ObjectSpec, level: number, rounds: number): number | null {
  if (!kernelHere) return null;
  const object = openOnKernel(spec);
  const time = best(rounds, () => {
    const loaded = loadOnKernel(spec, spec.programs[0], object, level);
    if (loaded !== null && loaded.fd !== null) closeFd(loaded.fd);
  });
  object.close();
  return time;
}

function benchVerifier(): void {
  console.log('\nLoad (here: verify; the kernel also compiles), best of several');
  for (const rounds of [100, 10_000, 90_000]) {
    const spec = specOf(longWalk(rounds));
    const times = rounds > 1000 ? 3 : 20;
    row(
      `loop of ${rounds} rounds, level 0`,
      verifyTime(spec, 0, times) / 1e3,
      (kernelVerifyTime(spec, 0, times) ?? Number.NaN) / 1e3,
      'us',
    );
  }
  const folder = fileURLToPath(new URL('../objects/', import.meta.url));
  let ours = 0;
  let kernel = 0;
  let programs = 0;
  for (const name of readdirSync(folder).filter((n) => /^(xdp|tc)_.*\.o$/.test(n))) {
    const spec = loadElf(new Uint8Array(readFileSync(folder + name)), name, { vmlinux: null });
    if (spec.needsVmlinux || spec.programs.length === 0) continue;
    const theirs = kernelVerifyTime(spec, 0, 5);
    ours += verifyTime(spec, 0, 5);
    kernel += theirs ?? 0;
    programs++;
  }
  row(`${programs} objects of tests/objects`, ours / 1e3, kernelHere ? kernel / 1e3 : null, 'us');
}

function benchRun(): void {
  console.log('\nRun, best of 5 averages of 20,000 (interpreter: 200)');
  for (const { name, text, packet } of RUN_BENCHES) {
    const spec = specOf(text);
    const session = openObject(spec, { vmlinux: null, timer: ns });
    const out = loadProgram(session, spec.programs[0], { level: 1, onEvent: null, shouldStop: null });
    if (out.fd === null) throw new Error(`${name}: ${out.message ?? ''}`);
    const time = (engine: 'jit' | 'interp', repeat: number): number => {
      const input = { dataIn: new Uint8Array(packet), ctxIn: new Uint8Array(0), engine };
      return leastOf(5, () => {
        const run = session.kernel.testRun(out.fd as number, { ...input, repeat });
        return run.ok ? run.durationNs : Number.NaN;
      });
    };
    row(`${name}, Wasm`, time('jit', 20_000), kernelRunTime(spec, packet), 'ns');
    row(`${name}, interpreter`, time('interp', 200), null, 'ns');
  }
}

function kernelRunTime(spec: ObjectSpec, packet: number): number | null {
  if (!kernelHere) return null;
  const object = openOnKernel(spec);
  const loaded = loadOnKernel(spec, spec.programs[0], object, 0);
  if (loaded === null || loaded.fd === null) return null;
  const { fd } = loaded;
  const time = leastOf(5, () => testRun(fd, { dataIn: new Uint8Array(packet), repeat: 20_000 }).durationNs);
  closeFd(fd);
  object.close();
  return time;
}

console.log(kernelHere ? 'Beside the live kernel.' : `Without a kernel: ${oracleMissing()}.`);
benchVerifier();
benchRun();
