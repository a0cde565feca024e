import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { SimKernel } from '../../../src-core/bpf/kernel.ts';
import { loadProgram as loadHere, openObject } from '../../../src-core/bpf/session.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import type { ObjectSpec } from '../../../src-core/object/spec.ts';
import { helperId } from '../../../src-core/platform/helper-names.ts';
import { loadOnKernel, openOnKernel } from '../../kernel/load-on-kernel.ts';
import { closeFd, oracleMissing, testRun } from '../../kernel/oracle.ts';

const specOf = (asm: string): ObjectSpec => {
  const { object } = assemble(asm, { helperId });
  if (object === null) throw new Error('the test program has a fault');
  return loadElf(object, 'run', { vmlinux: null });
};

interface Input {
  readonly data: Uint8Array;
  readonly ctx: Uint8Array;
}
interface Outcome {
  readonly errno: number;
  readonly retval: number;
  readonly data: string;
  readonly ctx: string;
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const REFUSED = { retval: 0, data: '', ctx: '' };

/** One program in the simulated and in the live kernel; runs as often as asked. */
function twoKernels(asm: string): { ours(i: Input): Outcome; live(i: Input): Outcome; close(): void } {
  const spec = specOf(asm);
  const session = openObject(spec, { vmlinux: null, timer: () => 0 });
  const here = loadHere(session, spec.programs[0], { level: 1, onEvent: null, shouldStop: null });
  const kernel = openOnKernel(spec);
  const fd = loadOnKernel(spec, spec.programs[0], kernel, 1)?.fd ?? null;
  if (here.fd === null || fd === null) throw new Error(here.log);
  return {
    ours: ({ data, ctx }) => {
      const r = session.kernel.testRun(here.fd as number, {
        dataIn: data,
        ctxIn: ctx,
        repeat: 1,
        engine: 'jit',
      });
      return r.ok
        ? { errno: 0, retval: r.retval, data: hex(r.dataOut), ctx: ctx.length === 0 ? '' : hex(r.ctxOut) }
        : { errno: r.errno, ...REFUSED };
    },
    live: ({ data, ctx }) => {
      const r = testRun(fd, { dataIn: data, ctxIn: ctx, ctxOutSize: ctx.length });
      return r.errno === 0
        ? { errno: 0, retval: r.retval, data: hex(r.dataOut), ctx: hex(r.ctxOut) }
        : { errno: r.errno, ...REFUSED };
    },
    close: () => {
      closeFd(fd);
      kernel.close();
    },
  };
}

const frame = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length).map((_, i) => i * 7);
  bytes.set([0x12, 0x34], 12);
  return bytes;
};
const missing = oracleMissing();

describe(`test runs with a context, as in the live kernel (${missing ?? 'here'})`, () => {
  const test = it.skipIf(missing !== null);

  const field = fc.record({
    at: fc.constantFrom(
      8,
      32,
      36,
      48,
      52,
      64,
      152,
      156,
      164,
      176,
      184,
      188,
      0,
      4,
      12,
      44,
      68,
      72,
      76,
      92,
      140,
      168,
      180,
    ),
    value: fc.constantFrom(0, 1, 7, 0x8000, 0xffff),
  });
  test('a __sk_buff takes and gives back the same fields', () => {
    const program = twoKernels(
      '.section "tc"\nr2 = *(u32 *)(r1 + 8)\nr2 += 1\n*(u32 *)(r1 + 8) = r2\nr3 = *(u32 *)(r1 + 52)\nr3 += 2\n*(u32 *)(r1 + 56) = r3\nr4 = *(u32 *)(r1 + 32)\n*(u32 *)(r1 + 44) = r4\nr0 = r2\nr0 += r3\nr0 += r4\nr5 = *(u32 *)(r1 + 160)\nr0 += r5\nr5 = *(u32 *)(r1 + 164)\nr0 += r5\nr5 = *(u32 *)(r1 + 36)\nr0 += r5\nexit',
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 3 }), fc.constantFrom(14, 60), (fields, length) => {
        const ctx = new Uint8Array(192);
        for (const { at, value } of fields) new DataView(ctx.buffer).setUint32(at, value, true);
        const input = { data: frame(length), ctx };
        expect(program.ours(input)).toEqual(program.live(input));
      }),
      { numRuns: 300 },
    );
    program.close();
  });

  test('a struct xdp_md asks for metadata within the same limits', () => {
    const program = twoKernels(
      'r2 = *(u32 *)(r1 + 8)\nr3 = *(u32 *)(r1 + 0)\nr4 = *(u32 *)(r1 + 4)\nr0 = r4\nr0 -= r3\nr3 -= r2\nr0 <<= 8\nr0 += r3\nexit',
    );
    const offset = fc.constantFrom(0, 1, 4, 8, 32, 212, 216, 220, 252, 256, 60, 64);
    fc.assert(
      fc.property(
        offset,
        fc.constantFrom(null, null, 65, 70),
        fc.constantFrom(0, 4),
        fc.constantFrom(60, 64),
        fc.constantFrom([0, 0], [0, 0], [0, 0], [1, 0], [0, 1]),
        (data, end, meta, length, [queue, egress]) => {
          const ctx = new Uint8Array(Uint32Array.of(data, end ?? length, meta, 0, queue, egress).buffer);
          const input = { data: frame(length), ctx };
          expect(program.ours(input)).toEqual(program.live(input));
        },
      ),
      { numRuns: 200 },
    );
    program.close();
  });

  test.each(['xdp', 'tc', 'socket'])('a packet of %s may have the same lengths', (section) => {
    const program = twoKernels(`.section "${section}"\nr0 = 0\nexit`);
    for (const length of [
      1,
      13,
      14,
      15,
      1500,
      3300,
      3519,
      3520,
      ...(section === 'xdp' ? [] : [3700, 3712, 3713]),
    ]) {
      const input = { data: frame(length < 14 ? 14 : length).subarray(0, length), ctx: new Uint8Array(0) };
      expect({ length, ...program.ours(input) }).toEqual({ length, ...program.live(input) });
    }
    program.close();
  });
});

it('a frame that the kernel would split over buffers is named as not simulated', () => {
  const session = openObject(specOf('r0 = 2\nexit'), { vmlinux: null, timer: () => 0 });
  const { fd } = loadHere(session, session.spec.programs[0], { level: 0, onEvent: null, shouldStop: null });
  if (fd === null) throw new Error('not loaded');
  const run = { dataIn: frame(3521), ctxIn: new Uint8Array(0), repeat: 1, engine: 'jit' } as const;
  expect(session.kernel.testRun(fd, run)).toMatchObject({
    ok: false,
    why: expect.stringMatching(/not simulated/),
  });
});

describe('the simulated bpf() system call', () => {
  const run = { dataIn: frame(64), ctxIn: new Uint8Array(0), repeat: 1, engine: 'jit' as const };

  it('answers EBADF for descriptors that are none, or of the wrong kind', () => {
    const kernel = SimKernel.create();
    expect(kernel.testRun(99, run)).toMatchObject({ ok: false, errno: 9 });
    expect(kernel.maps.update(99, new Uint8Array(4), new Uint8Array(4))).toBe(-9);
    expect(kernel.maps.freeze(99)).toBe(-9);
    expect(kernel.maps.lookup(99, new Uint8Array(4))).toBeNull();
  });

  it('refuses a program without instructions with E2BIG, and one of no type with EINVAL', () => {
    const spec = specOf('r0 = 0\nexit');
    const [prog] = spec.programs;
    const attr = {
      type: prog.type,
      expectedAttachType: 0,
      flags: 0,
      attachBtfId: 0,
      name: 'p',
      license: 'GPL',
      insns: prog.insns,
      funcInfo: new Uint8Array(0),
      lineInfo: new Uint8Array(0),
    };
    const kernel = SimKernel.create();
    expect(kernel.call('PROG_LOAD', { ...attr, insns: new Uint8Array(0) })).toMatchObject({
      ok: false,
      errno: 7,
    });
    expect(kernel.call('PROG_LOAD', { ...attr, type: 250 })).toMatchObject({ ok: false, errno: 22 });
    expect(kernel.call('PROG_LOAD', attr)).toMatchObject({ ok: true });
  });

  it('keeps what runs leave in maps until the map is closed', () => {
    const spec = specOf(
      '.map m, type=array, key=4, value=8, max_entries=1\n.section "xdp"\n*(u32 *)(r10 - 8) = 0\nr1 = m ll\nr2 = r10\nr2 += -8\ncall bpf_map_lookup_elem\nr1 = 1\nlock *(u64 *)(r0 + 0) += r1\nr0 = 2\nexit',
    );
    const session = openObject(spec, { vmlinux: null, timer: () => 0 });
    const { fd } = loadHere(session, spec.programs[0], { level: 0, onEvent: null, shouldStop: null });
    if (fd === null || !session.maps.ok) throw new Error('not loaded');
    session.kernel.testRun(fd, { ...run, repeat: 5 });
    session.kernel.testRun(fd, { ...run, engine: 'interp' });
    const [map] = session.maps.fds;
    expect(session.kernel.maps.lookup(map as number, new Uint8Array(4))?.[0]).toBe(6);
    session.kernel.close(map as number);
    expect(session.kernel.maps.lookup(map as number, new Uint8Array(4))).toBeNull();
  });

  it('lets nobody write to a frozen map', () => {
    const spec = specOf('r1 = k ll\nr0 = *(u32 *)(r1 + 0)\nexit\n.section ".rodata"\nk:\n.long 42');
    const { kernel, maps } = openObject(spec, { vmlinux: null, timer: () => 0 });
    if (!maps.ok) throw new Error('no maps');
    expect(kernel.maps.update(maps.fds[0] as number, new Uint8Array(4), new Uint8Array(4))).toBe(-1);
  });
});
