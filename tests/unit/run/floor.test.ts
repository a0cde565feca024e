import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { SimKernel } from '../../../src-core/bpf/kernel.ts';
import { loadProgram, type ObjectSession, openIn } from '../../../src-core/bpf/session.ts';
import { BpfInsns } from '../../../src-core/isa/program.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import { helperId } from '../../../src-core/platform/helper-names.ts';
import type { EngineName } from '../../../src-core/vm/engine.ts';
import { runCode } from '../../../src-core/vm/run.ts';
import { defaultRuntimeOptions, Runtime } from '../../../src-core/vm/runtime.ts';

const ENGINES: readonly EngineName[] = ['jit', 'interp'];
const u32 = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n).buffer);

interface Loaded extends ObjectSession {
  readonly progs: readonly number[];
  readonly mapFds: readonly number[];
}

/** An object of assembly text in a kernel, all its programs loaded. */
function load(text: string, kernel = SimKernel.create()): Loaded {
  const { object, diagnostics } = assemble(text, { helperId });
  if (object === null) throw new Error(`${diagnostics[0].line}: ${diagnostics[0].message}`);
  const session = openIn(kernel, loadElf(object, 'floor', { vmlinux: null }));
  const progs = session.spec.programs.map((prog) => {
    const out = loadProgram(session, prog, { level: 1, onEvent: null, shouldStop: null });
    if (out.fd === null) throw new Error(`${prog.name}: ${out.message}\n${out.log}`);
    return out.fd;
  });
  if (!session.maps.ok) throw new Error(session.maps.map);
  return { ...session, progs, mapFds: session.maps.fds as readonly number[] };
}

function run(l: Loaded, index: number, engine: EngineName, dataIn = new Uint8Array(64)): number | string {
  const result = l.kernel.testRun(l.progs[index], { dataIn, engine, repeat: 1 });
  return result.ok ? result.retval : result.why;
}

const COUNTING = `.map progs, type=prog_array, key=4, value=4, max_entries=4
.map count, type=array, key=4, value=8, max_entries=1
.section "xdp"
again:
    r6 = r1
    *(u32 *)(r10 - 4) = 0
    r1 = count ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r1 = *(u64 *)(r0 + 0)
    r1 += 1
    *(u64 *)(r0 + 0) = r1
    r1 = r6
    r2 = progs ll
    r3 = 0
    call bpf_tail_call
    r0 = 7
    exit
out:
    r0 = 1
    exit
`;

describe.each(ENGINES)('tail calls (%s)', (engine) => {
  it('are taken 33 times', () => {
    const l = load(COUNTING);
    l.kernel.maps.update(l.mapFds[0], u32(0), u32(l.progs[0]));
    expect(run(l, 0, engine)).toBe(7);
    expect(l.kernel.maps.lookup(l.mapFds[1], u32(0))?.[0]).toBe(34);
    // The count belongs to the run, not to the program.
    expect(run(l, 0, engine)).toBe(7);
    expect(l.kernel.maps.lookup(l.mapFds[1], u32(0))?.[0]).toBe(68);
  });
  it('fall through where no program is, also where one was', () => {
    const l = load(COUNTING);
    expect(run(l, 0, engine)).toBe(7);
    l.kernel.maps.update(l.mapFds[0], u32(0), u32(l.progs[0]));
    l.kernel.maps.delete(l.mapFds[0], u32(0));
    run(l, 0, engine);
    expect(l.kernel.maps.lookup(l.mapFds[1], u32(0))?.[0]).toBe(2);
  });
});

const jumper = (map: string): string =>
  `.map progs, type=prog_array, key=4, value=4, max_entries=1\n${map}.section "xdp"\njump:\n    r2 = progs ll\n    r3 = 0\n    call bpf_tail_call\n    r0 = 5\n    exit\n`;

it('an interpreted tail call stays in the interpreter, with one budget for all programs', () => {
  const kernel = SimKernel.create();
  const l = load(jumper(''), kernel);
  const callee = load('.section "xdp"\nr0 = 9\nexit\n', kernel);
  kernel.maps.update(l.mapFds[0], u32(0), u32(callee.progs[0]));
  const compiled = WebAssembly.Module;
  try {
    WebAssembly.Module = class {
      constructor() {
        throw new Error('something was compiled');
      }
    } as unknown as typeof WebAssembly.Module;
    expect(run(l, 0, 'interp')).toBe(9);
  } finally {
    WebAssembly.Module = compiled;
  }
});

describe.each(ENGINES)('objects that were closed (%s)', (engine) => {
  it('are there for who still refers to them: a map of a program', () => {
    const kernel = SimKernel.create();
    const l = load(COUNTING, kernel);
    kernel.close(l.mapFds[1]);
    const other = kernel.call('MAP_CREATE', { type: 2, keySize: 4, valueSize: 8, maxEntries: 1 });
    expect(other.ok && other.fd).toBe(l.mapFds[1]);
    expect(run(l, 0, engine)).toBe(7);
    expect(kernel.maps.lookup(l.mapFds[1], u32(0))).toEqual(new Uint8Array(8));
  });
  it('are gone for others: a closed program is not called', () => {
    const kernel = SimKernel.create();
    const l = load(jumper(''), kernel);
    const callee = load('.section "xdp"\nr0 = 9\nexit\n', kernel);
    kernel.maps.update(l.mapFds[0], u32(0), u32(callee.progs[0]));
    kernel.close(callee.progs[0]);
    expect(run(l, 0, engine)).toBe(9);
    kernel.maps.delete(l.mapFds[0], u32(0));
    expect(run(l, 0, engine)).toBe(5);
    expect(kernel.testRun(callee.progs[0], { engine }).ok).toBe(false);
  });
});

it('memory is given back when maps, programs and runs are over', () => {
  const kernel = SimKernel.create();
  const pages = (): number => kernel.rt.memory.bytes.length;
  let after = 0;
  for (let i = 0; i < 60; i++) {
    const l = load(
      '.map big, type=array, key=4, value=8, max_entries=100000\n.section "tc"\nr0 = 0\nexit\n',
      kernel,
    );
    run(l, 0, 'jit');
    run(l, 0, 'interp');
    for (const fd of [...l.progs, ...l.mapFds]) kernel.close(fd);
    if (i === 2) after = pages();
  }
  expect(pages()).toBe(after);
});

it('a map that does not fit in memory is refused with ENOMEM', () => {
  const kernel = SimKernel.create();
  const attr = { type: 2, keySize: 4, valueSize: 4096, maxEntries: 1 << 20 };
  expect(kernel.call('MAP_CREATE', attr)).toEqual({ ok: false, errno: 12 });
});

describe.each(ENGINES)('loads from a packet (%s)', (engine) => {
  const program = (size: 'b' | 'h' | 'w', at: number): string =>
    `.section "socket"\n    r6 = r1\n    r0 = *(u${{ b: 8, h: 16, w: 32 }[size]} *)skb[${at}]\n    exit\n`;
  // A socket filter sees what follows the Ethernet header.
  const frame = new Uint8Array(34).map((_, i) => i);
  frame.set([0x12, 0x34], 12);
  it.each([
    ['b', 19, 33],
    ['b', 20, 0],
    ['h', 18, 0x2021],
    ['h', 19, 0],
    ['w', 16, 0x1e1f2021],
    ['w', 17, 0],
  ] as const)('of %s at %i give %i', (size, at, expected) => {
    expect(run(load(program(size, at)), 0, engine, frame)).toBe(expected);
  });
});

describe.each(ENGINES)('programs that run for too long (%s)', (engine) => {
  const raw = (rows: readonly (readonly number[])[], subprogStarts = [0]): string => {
    const insns = BpfInsns.fromRaw(rows.map(([code, dst, src, off, imm]) => ({ code, dst, src, off, imm })));
    try {
      runCode(new Runtime(defaultRuntimeOptions()), { insns, subprogStarts }, engine, { fuel: 1000 });
      return 'ended';
    } catch (e) {
      return e instanceof Error ? e.message : String(e);
    }
  };
  it('are stopped in a loop with two entries', () => {
    const rows = [
      [0xb7, 1, 0, 0, 1],
      [0x15, 1, 0, 2, 0],
      [0x07, 2, 0, 0, 1],
      [0x05, 0, 0, 0, 0],
      [0x07, 3, 0, 0, 1],
      [0x05, 0, 0, -4, 0],
    ];
    expect(raw(rows)).toMatch(/^stopped: the program ran for too long/);
  });
  it('are stopped in callbacks within callbacks', () => {
    // r2 = callback; r1 = 900; r4 = 0; bpf_loop; each round loops 900 times itself.
    const loop = (callback: number): number[][] => [
      [0x18, 2, 4, 0, callback],
      [0, 0, 0, 0, 0],
      [0xb7, 1, 0, 0, 900],
      [0xb7, 4, 0, 0, 0],
      [0x85, 0, 0, 0, 181],
    ];
    const exit = [0x95, 0, 0, 0, 0];
    const rows = [...loop(5), exit, ...loop(6), [0xb7, 0, 0, 0, 0], exit, [0xb7, 0, 0, 0, 0], exit];
    expect(raw(rows, [0, 6, 13])).toMatch(/^stopped: the program ran for too long/);
  });
});

describe('programs inside programs', () => {
  /** r1 = ctx; stores 5 on the stack, asks for the time (which runs the inner program), adds what is there. */
  const code = (value: number) => ({
    insns: BpfInsns.fromRaw(
      [
        [0x7a, 10, 0, -8, value],
        [0x85, 0, 0, 0, 5],
        [0x79, 0, 10, -8, 0],
        [0x95, 0, 0, 0, 0],
      ].map(([c, dst, src, off, imm]) => ({ code: c, dst, src, off, imm })),
    ),
    subprogStarts: [0],
  });
  it.each([
    ['jit', 'jit'],
    ['jit', 'interp'],
    ['interp', 'jit'],
    ['interp', 'interp'],
  ] as const)('keep stack, arguments and budget to themselves: %s in %s', (inner, outer) => {
    let depth = 0;
    let found = 0;
    const rt: Runtime = new Runtime({
      ...defaultRuntimeOptions(),
      clock: {
        now: () => {
          if (depth++ === 0) found = runCode(rt, code(99), inner).r0Lo;
          return { lo: 0, hi: 0 };
        },
      },
    });
    expect(runCode(rt, code(5), outer, { fuel: 100 }).r0Lo).toBe(5);
    expect(found).toBe(99);
  });
});

it('the values of a hash are told apart by their whole keys', () => {
  const kernel = SimKernel.create();
  const made = kernel.call('MAP_CREATE', { type: 1, keySize: 8, valueSize: 4, maxEntries: 2000 });
  if (!made.ok) throw new Error('no map');
  const key = (n: number): Uint8Array => Uint8Array.of(1, 2, 3, 4, n & 0xff, n >> 8, 0, 9);
  for (let n = 0; n < 2000; n++) kernel.maps.update(made.fd, key(n), u32(n));
  for (let n = 0; n < 2000; n++) expect(kernel.maps.lookup(made.fd, key(n))).toEqual(u32(n));
  expect(kernel.maps.lookup(made.fd, key(2000))).toBeNull();
});
