import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { loadProgram, openObject } from '../../../src-core/bpf/session.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import { helperId } from '../../../src-core/platform/helper-names.ts';
import { loadOnKernel, openOnKernel } from '../../kernel/load-on-kernel.ts';
import { closeFd, oracleMissing, testRun } from '../../kernel/oracle.ts';

interface Outcome {
  readonly errno: number;
  readonly retval: number;
  readonly data: string;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Runs one program on one packet, here and on the live kernel. */
function both(asm: string, packet: Uint8Array): { readonly ours: Outcome; readonly live: Outcome } {
  const { object, diagnostics } = assemble(asm, { helperId });
  if (object === null) throw new Error(`line ${diagnostics[0].line}: ${diagnostics[0].message}`);
  const spec = loadElf(object, 'random', { vmlinux: null });
  const session = openObject(spec, { vmlinux: null, timer: () => 0 });
  const here = loadProgram(session, spec.programs[0], { level: 1, onEvent: null, shouldStop: null });
  const kernel = openOnKernel(spec);
  const there = loadOnKernel(spec, spec.programs[0], kernel, 1);
  if (here.fd === null || there === null || there.fd === null) throw new Error(`${here.log}\n${there?.log}`);
  const a = session.kernel.testRun(here.fd, {
    dataIn: packet,
    ctxIn: new Uint8Array(0),
    repeat: 1,
    engine: 'jit',
  });
  const b = testRun(there.fd, { dataIn: packet });
  closeFd(there.fd);
  kernel.close();
  return {
    ours: a.ok
      ? { errno: 0, retval: a.retval, data: hex(a.dataOut) }
      : { errno: a.errno, retval: 0, data: '' },
    live:
      b.errno === 0
        ? { errno: 0, retval: b.retval, data: hex(b.dataOut) }
        : { errno: b.errno, retval: 0, data: '' },
  };
}

function agree(asm: string, packet: Uint8Array): void {
  const { ours, live } = both(asm, packet);
  expect(ours).toEqual(live);
}

const packetOf = (min: number, max: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((bytes) => {
    // An EtherType that has no network header to be whole.
    bytes.set([0x12, 0x34], 12);
    return bytes;
  });
const near = (...values: readonly number[]): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(...values), fc.integer({ min: -80, max: 80 }));
const word = fc.oneof(
  fc.constantFrom(0, 1, -1, 0xffff, 0x10000, 0x7fffffff),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);
const missing = oracleMissing();
const runs = { numRuns: 30 };

describe(`helpers on packets, as the live kernel has them (${missing ?? 'here'})`, () => {
  const test = it.skipIf(missing !== null);

  const adjust = fc.record({
    what: fc.constantFrom('head', 'tail', 'meta'),
    by: near(-256, -216, -215, 3520, 3506, 4000, -4, -32, -252, -256, 0),
  });
  test('XDP frames grow, shrink and get metadata within the same limits', () => {
    fc.assert(
      fc.property(packetOf(14, 300), fc.array(adjust, { minLength: 1, maxLength: 4 }), (packet, steps) => {
        const calls = steps.flatMap(({ what, by }) => [
          'r1 = r6',
          `r2 = ${by}`,
          `call bpf_xdp_adjust_${what}`,
          'r7 <<= 5',
          'r7 -= r0',
        ]);
        agree(['r6 = r1', 'r7 = 0', ...calls, 'r0 = r7', 'exit'].join('\n'), packet);
      }),
      runs,
    );
  });

  const span = fc.record({
    at: fc.oneof(fc.nat(70), fc.constantFrom(-1, 0x7fffffff, 65535)),
    size: fc.integer({ min: 1, max: 16 }),
  });
  test.each(['xdp', 'tc'])('bytes are loaded from %s packets, or zeros with an error', (section) => {
    const name = section === 'xdp' ? 'bpf_xdp_load_bytes' : 'bpf_skb_load_bytes';
    fc.assert(
      fc.property(packetOf(14, 64), span, (packet, { at, size }) => {
        agree(
          `.section "${section}"\nr2 = -1\n*(u64 *)(r10 - 8) = r2\n*(u64 *)(r10 - 16) = r2\nr2 = ${at}\nr3 = r10\nr3 += -16\nr4 = ${size}\ncall ${name}\nr1 = *(u64 *)(r10 - 8)\nr2 = *(u64 *)(r10 - 16)\nr1 *= 31\nr1 ^= r2\nr2 = r1\nr2 >>= 32\nr1 ^= r2\nr0 += r1\nw0 = w0\nexit`,
          packet,
        );
      }),
      runs,
    );
  });

  test('bytes are stored to packets in tc, and unknown flags refused', () => {
    fc.assert(
      fc.property(
        packetOf(14, 64),
        span,
        fc.constantFrom(0, 1, 2, 3, 4, 16),
        (packet, { at, size }, flags) => {
          agree(
            `.section "tc"\nr2 = 0x1122334455667788 ll\n*(u64 *)(r10 - 8) = r2\n*(u64 *)(r10 - 16) = r2\nr2 = ${at}\nr3 = r10\nr3 += -16\nr4 = ${size}\nr5 = ${flags}\ncall bpf_skb_store_bytes\nw0 = w0\nexit`,
            packet,
          );
        },
      ),
      runs,
    );
  });

  test('bytes are stored to XDP frames', () => {
    fc.assert(
      fc.property(packetOf(14, 64), span, (packet, { at, size }) => {
        agree(
          `r2 = 0x1122334455667788 ll\n*(u64 *)(r10 - 8) = r2\n*(u64 *)(r10 - 16) = r2\nr2 = ${at}\nr3 = r10\nr3 += -16\nr4 = ${size}\ncall bpf_xdp_store_bytes\nw0 = w0\nexit`,
          packet,
        );
      }),
      runs,
    );
  });

  const replace = fc.record({
    layer: fc.constantFrom('l3', 'l4'),
    at: fc.oneof(fc.nat(40), fc.constantFrom(70000, 63, 62)),
    from: word,
    to: word,
    flags: fc.constantFrom(0, 2, 4, 0x12, 0x14, 0x24, 0x34, 0x62, 0x64, 0x10, 0x20, 0x84, 0x90, 3, 0x100),
  });
  test('checksums are replaced with the same result, flags included', () => {
    fc.assert(
      fc.property(packetOf(64, 64), replace, fc.constantFrom(0, 0xff, null), (packet, r, fill) => {
        if (fill !== null) packet.fill(fill, 14);
        agree(
          `.section "tc"\nr2 = ${r.at}\nr3 = ${r.from}\nr4 = ${r.to}\nr5 = ${r.flags}\ncall bpf_${r.layer}_csum_replace\nw0 = w0\nexit`,
          packet,
        );
      }),
      { numRuns: 40 },
    );
  });

  test('checksum differences are the same', () => {
    const size = fc.constantFrom(0, 4, 8, 16, 6);
    fc.assert(
      fc.property(word, word, word, size, size, (a, b, seed, from, to) => {
        agree(
          `r1 = ${a}\nr2 = ${b}\n*(u64 *)(r10 - 8) = r1\n*(u64 *)(r10 - 16) = r2\n*(u64 *)(r10 - 24) = r1\n*(u64 *)(r10 - 32) = r2\nr1 = r10\nr1 += -16\nr2 = ${from}\nr3 = r10\nr3 += -28\nr4 = ${to}\nr5 = ${seed}\ncall bpf_csum_diff\nw0 = w0\nexit`,
          new Uint8Array(64),
        );
      }),
      runs,
    );
  });

  test('fields of a socket buffer have the values of a test run', () => {
    const fields = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 64, 68, 72, 84, 152, 160, 164, 176, 180];
    fc.assert(
      fc.property(
        packetOf(14, 64),
        fc.constantFrom(...fields),
        fc.integer({ min: 0, max: 0x9000 }),
        (packet, at, type) => {
          packet.set([type >> 8, type & 255], 12);
          agree(
            `.section "tc"\nw0 = *(u${at === 152 ? 64 : at === 180 ? 8 : 32} *)(r1 + ${at})\nexit`.replace(
              'w0 = *(u64',
              'r0 = *(u64',
            ),
            packet,
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  test('packet loads of old filters read, or end the program, at the same places', () => {
    fc.assert(
      fc.property(
        packetOf(14, 64),
        fc.constantFrom('socket', 'tc'),
        fc.constantFrom('u8', 'u16', 'u32'),
        fc.oneof(
          fc.integer({ min: -4, max: 70 }),
          fc.integer({ min: -0x100002, max: -0xfffc0 }),
          fc.integer({ min: -0x200002, max: -0x1fffc0 }),
        ),
        fc.option(fc.integer({ min: -20, max: 60 })),
        (packet, section, type, at, index) => {
          const place = index === null ? String(at) : `r7 ${at < 0 ? '-' : '+'} ${Math.abs(at)}`;
          agree(
            `.section "${section}"\nr6 = r1\nr7 = ${index ?? 0}\nr0 = *(${type} *)skb[${place}]\nw0 += 3\nexit`,
            packet,
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});
