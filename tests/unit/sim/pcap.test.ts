import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCapture, writePcap } from '../../../src-core/sim/pcap.ts';

const packet = fc.record({ data: fc.uint8Array({ maxLength: 80 }), timeNs: fc.nat(2 ** 31 - 1) });

/** A pcapng file: section header, an Ethernet interface in nanoseconds, the packets; then one of another link. */
function pcapng(packets: readonly Uint8Array[], little: boolean): Uint8Array {
  const out: number[] = [];
  const u32 = (n: number): number[] => {
    const bytes = new DataView(new ArrayBuffer(4));
    bytes.setUint32(0, n, little);
    return [...new Uint8Array(bytes.buffer)];
  };
  const u16 = (n: number): number[] => (little ? [n & 0xff, n >> 8] : [n >> 8, n & 0xff]);
  const block = (type: number, body: readonly number[]): void => {
    const padded = [...body, ...new Array((4 - (body.length % 4)) % 4).fill(0)];
    out.push(...u32(type), ...u32(padded.length + 12), ...padded, ...u32(padded.length + 12));
  };
  block(0x0a0d0d0a, [...u32(0x1a2b3c4d), ...u16(1), ...u16(0), ...u32(0xffffffff), ...u32(0xffffffff)]);
  block(1, [...u16(1), ...u16(0), ...u32(0), ...u16(9), ...u16(1), 9, 0, 0, 0, ...u16(0), ...u16(0)]);
  block(1, [...u16(113), ...u16(0), ...u32(0)]);
  packets.forEach((p, i) => {
    block(6, [...u32(0), ...u32(0), ...u32(i), ...u32(p.length), ...u32(p.length), ...p]);
  });
  block(6, [...u32(1), ...u32(0), ...u32(0), ...u32(4), ...u32(4), 1, 2, 3, 4]);
  return Uint8Array.from(out);
}

describe('capture files', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 6 }), (packets) => {
        expect(readCapture(writePcap(packets))).toEqual(packets);
      }),
    );
  });
  it.each([true, false])('pcapng, little endian: %s; frames of other links are left out', (little) => {
    const packets = [Uint8Array.of(1, 2, 3), new Uint8Array(60).fill(9)];
    expect(readCapture(pcapng(packets, little))).toEqual(packets.map((data, timeNs) => ({ data, timeNs })));
  });
  it.each([
    ['nothing', new Uint8Array(0)],
    ['something else', new Uint8Array(64).fill(7)],
    ['a record that is cut off', writePcap([{ data: new Uint8Array(20), timeNs: 0 }]).slice(0, 50)],
    ['another link', writePcap([]).map((b, i) => (i === 20 ? 113 : b))],
    ['a block that is cut off', pcapng([new Uint8Array(20)], true).slice(0, 100)],
  ])('refuse %s', (_what, bytes) => {
    expect(() => readCapture(bytes)).toThrow(/^capture: /);
  });
});
