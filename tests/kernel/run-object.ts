import type { Bpf } from '../../src-core/bpf/api.ts';
import { SimKernel } from '../../src-core/bpf/kernel.ts';
import {
  fillProgramSlots,
  type Instantiated,
  instantiateMaps,
  patchFds,
  progLoadAttr,
} from '../../src-core/bpf/loader.ts';
import type { VmlinuxSource } from '../../src-core/btf/vmlinux.ts';
import type { ObjectSpec, ProgramSpec } from '../../src-core/object/spec.ts';
import { toHex } from '../../src-core/sim/hex.ts';
import type { EngineName } from '../../src-core/vm/engine.ts';
import { liveBpf } from './live-bpf.ts';
import { clearTrace, traceLines } from './trace-log.ts';
import { unlinkPin } from './unlink-pin.ts';

/** Processors of the reference machine and of the simulated one. */
export const CPUS = 2;

/** What one run left: everything that must be the same in both kernels. */
export interface RunRecord {
  readonly errno: number;
  readonly retval: number;
  readonly data: string;
  readonly ctx: string;
}

/** A program's runs, one after the other, and what stands in its object's maps at the end. */
export type ObjectRun =
  | {
      readonly kind: 'ran';
      readonly runs: readonly RunRecord[];
      readonly maps: readonly string[];
      readonly trace: readonly string[];
      /** Why the simulated kernel stopped a run, for a person. */
      readonly why: string | null;
    }
  | { readonly kind: 'unsupported'; readonly what: string }
  | { readonly kind: 'refused'; readonly what: string };

export interface RunInput {
  readonly data: Uint8Array;
  readonly ctx: Uint8Array;
}

interface World {
  readonly bpf: Bpf;
  run(fd: number, input: RunInput): RunRecord;
  trace(): readonly string[];
  why(): string | null;
}

/** hash, array, percpu_hash, percpu_array, lru_hash, lru_percpu_hash, lpm_trie, queue, stack. */
const WALKABLE: readonly number[] = [1, 2, 5, 6, 9, 10, 11];
const QUEUES: readonly number[] = [22, 23];
const LIMIT = 5000;

/** Kernel addresses in a value are the kernel's own: they read as zero. */
function forgetAddresses(value: Uint8Array): void {
  for (let at = 0; at + 8 <= value.length; at += 8) {
    const kernel = value[at + 7] === 0xff && value[at + 6] === 0xff && value[at + 5] >= 0x80;
    if (kernel && value[at + 5] !== 0xff) value.fill(0, at, at + 8);
  }
}

function contents(bpf: Bpf, fd: number, type: number): string[] {
  const out: string[] = [];
  if (QUEUES.includes(type)) {
    for (let n = 0; n < LIMIT; n++) {
      const taken = bpf.call('MAP_LOOKUP_AND_DELETE_ELEM', { mapFd: fd, key: null });
      if (!taken.ok) return out;
      out.push(toHex(taken.value));
    }
    return out;
  }
  let key: Uint8Array | null = null;
  for (let n = 0; n < LIMIT; n++) {
    const next: ReturnType<typeof bpf.call<'MAP_GET_NEXT_KEY'>> = bpf.call('MAP_GET_NEXT_KEY', {
      mapFd: fd,
      key,
    });
    if (!next.ok) break;
    key = next.nextKey;
    const value = bpf.call('MAP_LOOKUP_ELEM', { mapFd: fd, key });
    if (value.ok) forgetAddresses(value.value);
    if (value.ok && value.value.some((b) => b !== 0)) out.push(`${toHex(key)}=${toHex(value.value)}`);
  }
  return out.sort();
}

function load(world: World, spec: ObjectSpec, prog: ProgramSpec, maps: Instantiated & { ok: true }) {
  const patched = patchFds(prog, maps.fds);
  if (!patched.ok) return { ok: false, what: patched.what, unsupported: true } as const;
  const attr = progLoadAttr(spec, prog, { insns: patched.insns, btfFd: maps.btfFd });
  const result = world.bpf.call('PROG_LOAD', { ...attr, name: attr.name.replace(/[^A-Za-z0-9_.]/g, '_') });
  if (result.ok) {
    fillProgramSlots(world.bpf, spec, maps.fds, { name: prog.name, fd: result.fd });
    return { ok: true, fd: result.fd } as const;
  }
  const verdict = result.partial?.verdict ?? null;
  const unsupported = verdict?.verdict === 'unsupported';
  return { ok: false, what: unsupported ? verdict.what : `errno ${result.errno}`, unsupported } as const;
}

/** Loads an object's maps and one program (with those it may jump to), and runs it on each input. */
function runIn(
  world: World,
  spec: ObjectSpec,
  prog: ProgramSpec,
  { inputs, vmlinux }: { readonly inputs: readonly RunInput[]; readonly vmlinux: VmlinuxSource },
): ObjectRun {
  const { bpf } = world;
  const maps = instantiateMaps(bpf, spec, { cpus: CPUS, vmlinux });
  if (!maps.ok) return { kind: 'refused', what: `map ${maps.map}: errno ${maps.errno}` };
  const opened: number[] = maps.fds.flatMap((fd) => fd ?? []);
  if (maps.btfFd !== null) opened.push(maps.btfFd);
  try {
    const main = load(world, spec, prog, maps);
    if (!main.ok) return { kind: main.unsupported ? 'unsupported' : 'refused', what: main.what };
    opened.push(main.fd);
    const named = new Set(spec.maps.flatMap((map) => map.initialSlots.map(({ target }) => target)));
    for (const callee of spec.programs) {
      const loaded = named.has(callee.name) && callee !== prog ? load(world, spec, callee, maps) : null;
      if (loaded?.ok) opened.push(loaded.fd);
    }
    const runs = inputs.map((input) => world.run(main.fd, input));
    const left = spec.maps.flatMap((map, i) => {
      const fd = maps.fds[i];
      if (fd === null || !(WALKABLE.includes(map.type) || QUEUES.includes(map.type))) return [];
      return [`${map.name}: ${contents(bpf, fd, map.type).join(' ')}`];
    });
    return { kind: 'ran', runs, maps: left, trace: world.trace(), why: world.why() };
  } finally {
    for (const fd of opened) bpf.close(fd);
  }
}

const NO_RESULT = { retval: 0, data: '', ctx: '' };

function record(result: ReturnType<typeof liveBpf.call<'PROG_TEST_RUN'>>): RunRecord {
  if (!result.ok) return { errno: result.errno, ...NO_RESULT };
  return {
    errno: 0,
    retval: result.retval,
    data: toHex(result.dataOut),
    ctx: toHex(result.ctxOut),
  };
}

/** The same runs on the live kernel, on its first processor. */
export function runLive(
  spec: ObjectSpec,
  prog: ProgramSpec,
  how: { readonly inputs: readonly RunInput[]; readonly vmlinux: VmlinuxSource },
): ObjectRun {
  clearTrace();
  const world: World = {
    bpf: liveBpf,
    run: (progFd, { data, ctx }) =>
      record(liveBpf.call('PROG_TEST_RUN', { progFd, dataIn: data, ctxIn: ctx })),
    trace: traceLines,
    why: () => null,
  };
  try {
    return runIn(world, spec, prog, how);
  } finally {
    for (const map of spec.maps) if (map.pinning === 1) unlinkPin(map.name);
  }
}

/** The same runs in a simulated kernel. */
export function runSimulated(
  spec: ObjectSpec,
  prog: ProgramSpec,
  how: {
    readonly inputs: readonly RunInput[];
    readonly vmlinux: VmlinuxSource;
    readonly engine: EngineName;
  },
): ObjectRun {
  const kernel = SimKernel.create({ vmlinux: how.vmlinux });
  let why: string | null = null;
  const world: World = {
    bpf: kernel,
    run: (fd, { data, ctx }) => {
      const run = kernel.testRun(fd, { dataIn: data, ctxIn: ctx, engine: how.engine });
      if (!run.ok) {
        if (run.insn !== null || run.errno === 524) why ??= run.why;
        return { errno: run.errno, ...NO_RESULT };
      }
      const ctxOut = ctx.length === 0 ? '' : toHex(run.ctxOut.slice(0, ctx.length));
      return { errno: 0, retval: run.retval, data: toHex(run.dataOut), ctx: ctxOut };
    },
    trace: () => kernel.rt.trace,
    why: () => why,
  };
  return runIn(world, spec, prog, how);
}
