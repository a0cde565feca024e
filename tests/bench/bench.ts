/** npm run bench: figures and ratios beside the kernel's own, in the same run. Nothing is asserted. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assemble } from '../../src-core/asm/assemble.ts';
import { loadProgram, openObject } from '../../src-core/bpf/session.ts';
import { loadElf } from '../../src-core/object/load.ts';
import type { ObjectSpec } from '../../src-core/object/spec.ts';
import { helperId } from '../../src-core/platform/helper-names.ts';
import { loadOnKernel, openOnKernel } from '../kernel/load-on-kernel.ts';
import { closeFd, mapUpdate, oracleMissing, testRun } from '../kernel/oracle.ts';
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

const ROUNDS = 7;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Something that runs a program `repeat` times and tells nanoseconds a run. */
type Runner = (repeat: number) => number;
const u32 = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n).buffer);

interface Bench {
  readonly name: string;
  readonly kernel: Runner | null;
  readonly wasm: Runner;
  readonly interp: Runner;
  close(): void;
}

function prepare({ name, text, packet, callsItself }: (typeof RUN_BENCHES)[number]): Bench {
  const spec = specOf(text);
  const dataIn = new Uint8Array(packet);
  dataIn.set([0x08, 0x00], 12);
  dataIn[23] = 6;
  const session = openObject(spec, { vmlinux: null, timer: ns });
  const out = loadProgram(session, spec.programs[0], { level: 1, onEvent: null, shouldStop: null });
  if (out.fd === null) throw new Error(`${name}: ${out.message ?? ''}`);
  const fd = out.fd;
  const itself = spec.maps.findIndex((m) => m.name === callsItself);
  if (itself >= 0 && session.maps.ok)
    session.kernel.maps.update(session.maps.fds[itself] as number, u32(0), u32(fd));
  const here =
    (engine: 'jit' | 'interp'): Runner =>
    (repeat) => {
      const run = session.kernel.testRun(fd, { dataIn, engine, repeat });
      if (!run.ok) throw new Error(`${name}: ${run.why}`);
      return run.durationNs;
    };
  const live = kernelHere ? prepareLive(spec, itself, dataIn) : null;
  return {
    name,
    wasm: here('jit'),
    interp: here('interp'),
    kernel: live?.run ?? null,
    close: () => live?.close(),
  };
}

function prepareLive(
  spec: ObjectSpec,
  itself: number,
  dataIn: Uint8Array,
): { readonly run: Runner; close(): void } | null {
  const object = openOnKernel(spec);
  const loaded = loadOnKernel(spec, spec.programs[0], object, 0);
  if (loaded === null || loaded.fd === null) return null;
  const { fd } = loaded;
  if (itself >= 0) mapUpdate(object.mapFds[itself] as number, u32(0), u32(fd));
  return {
    run: (repeat) => testRun(fd, { dataIn, repeat }).durationNs,
    close: () => {
      closeFd(fd);
      object.close();
    },
  };
}

/** Kernel, Wasm and interpreter in turn, several rounds; the medians. */
function benchRun(): void {
  console.log(`\nRun: medians of ${ROUNDS} averages of 20,000 (interpreter: 100), in turn`);
  const ratios: number[] = [];
  for (const bench of RUN_BENCHES.map(prepare)) {
    bench.wasm(20_000);
    const times = Array.from({ length: ROUNDS }, () => [
      bench.kernel?.(20_000) ?? Number.NaN,
      bench.wasm(20_000),
      bench.interp(100),
    ]);
    const [kernel, wasm, interp] = [0, 1, 2].map((i) => median(times.map((t) => t[i])));
    row(`${bench.name}, Wasm`, wasm, bench.kernel === null ? null : kernel, 'ns');
    row(`${bench.name}, interpreter`, interp, null, 'ns');
    if (kernel > 0) ratios.push(wasm / kernel);
    bench.close();
  }
  const mean = Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length);
  if (ratios.length > 0)
    console.log(
      `Wasm to kernel: geometric mean ${mean.toFixed(2)}, highest ${Math.max(...ratios).toFixed(2)}`,
    );
}

/** Frames through an XDP parser and counter, as the page's Worker would run them. */
function benchPackets(): void {
  const PACKETS = 1_000_000;
  const counter = RUN_BENCHES.find((b) => b.name === 'parse to TCP');
  if (counter === undefined) return;
  const { wasm } = prepare(counter);
  wasm(10_000);
  const start = ns();
  wasm(PACKETS);
  console.log(`\n${PACKETS} packets through one XDP parser: ${((ns() - start) / 1e6).toFixed(0)} ms`);
}

console.log(kernelHere ? 'Beside the live kernel.' : `Without a kernel: ${oracleMissing()}.`);
if (!process.argv.includes('--run')) benchVerifier();
benchRun();
benchPackets();
