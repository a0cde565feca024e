import { InputError } from '../util/input-error.ts';

/** A captured frame with its time. */
export interface CapturedPacket {
  readonly data: Uint8Array;
  /** Nanoseconds, of whatever clock the capture had. */
  readonly timeNs: number;
}

const PCAP_MICRO = 0xa1b2c3d4;
const PCAP_NANO = 0xa1b23c4d;
const PCAPNG_SECTION = 0x0a0d0d0a;
const PCAPNG_ORDER = 0x1a2b3c4d;
const BLOCK = { interface: 1, packet: 2, simple: 3, enhanced: 6 } as const;
const OPTION_TSRESOL = 9;
/** LINKTYPE_ETHERNET. */
const ETHERNET = 1;
const HEADER = 24;
const RECORD = 16;

const bad = (message: string, offset: number): never => {
  throw new InputError(`capture: ${message}`, { offset });
};

/** All frames of a capture file, pcap or pcapng, of either byte order. */
export function readCapture(bytes: Uint8Array): CapturedPacket[] {
  if (bytes.length < 12) return bad('too short', 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) === PCAPNG_SECTION) return readPcapng(bytes, view);
  for (const little of [true, false]) {
    const magic = view.getUint32(0, little);
    if (magic === PCAP_MICRO) return readPcap(bytes, view, { little, unit: 1000 });
    if (magic === PCAP_NANO) return readPcap(bytes, view, { little, unit: 1 });
  }
  return bad('neither pcap nor pcapng', 0);
}

/** A header of 24 bytes; then for each frame seconds, fraction, captured length, length, bytes. */
function readPcap(
  bytes: Uint8Array,
  view: DataView,
  { little, unit }: { readonly little: boolean; readonly unit: number },
): CapturedPacket[] {
  if (bytes.length < HEADER) bad('the header is cut off', 0);
  const link = view.getUint32(20, little) & 0xffff;
  if (link !== ETHERNET) bad(`link type ${link}; only Ethernet (1) is taken`, 20);
  const out: CapturedPacket[] = [];
  for (let at = HEADER; at < bytes.length; ) {
    if (at + RECORD > bytes.length) bad('a record is cut off', at);
    const size = view.getUint32(at + 8, little);
    if (at + RECORD + size > bytes.length) bad('a packet is cut off', at);
    const timeNs = view.getUint32(at, little) * 1e9 + view.getUint32(at + 4, little) * unit;
    out.push({ data: bytes.slice(at + RECORD, at + RECORD + size), timeNs });
    at += RECORD + size;
  }
  return out;
}

interface Section {
  little: boolean;
  /** Nanoseconds of a tick, by interface; null: not Ethernet. */
  ticks: (number | null)[];
}

/** Blocks: type, length, body, length again; a section header gives the byte order of those behind it. */
function readPcapng(bytes: Uint8Array, view: DataView): CapturedPacket[] {
  const out: CapturedPacket[] = [];
  let section: Section = { little: true, ticks: [] };
  for (let at = 0; at < bytes.length; ) {
    if (at + 12 > bytes.length) bad('a block is cut off', at);
    if (view.getUint32(at) === PCAPNG_SECTION) section = newSection(view, at);
    const length = view.getUint32(at + 4, section.little);
    if (length < 12 || length % 4 !== 0 || at + length > bytes.length) bad('a block is cut off', at);
    const packet = readBlock(bytes.subarray(at, at + length), section, at);
    if (packet !== null) out.push(packet);
    at += length;
  }
  return out;
}

function newSection(view: DataView, at: number): Section {
  for (const little of [true, false])
    if (view.getUint32(at + 8, little) === PCAPNG_ORDER) return { little, ticks: [] };
  return bad('unknown byte order', at + 8);
}

function readBlock(block: Uint8Array, section: Section, at: number): CapturedPacket | null {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const { little } = section;
  const u32 = (offset: number): number => view.getUint32(offset, little);
  switch (u32(0)) {
    case BLOCK.interface:
      section.ticks.push(view.getUint16(8, little) === ETHERNET ? tickOf(view, little) : null);
      return null;
    case BLOCK.enhanced: {
      if (block.length < 32) bad('a packet block is cut off', at);
      const tick = section.ticks[u32(8)] ?? null;
      if (tick === null) return null;
      const size = u32(20);
      if (28 + size > block.length) bad('a packet is cut off', at);
      return { data: block.slice(28, 28 + size), timeNs: (u32(12) * 2 ** 32 + u32(16)) * tick };
    }
    case BLOCK.simple: {
      if ((section.ticks[0] ?? null) === null) return null;
      const size = Math.min(u32(8), block.length - 16);
      return { data: block.slice(12, 12 + size), timeNs: 0 };
    }
    default:
      return null;
  }
}

/** if_tsresol among the options of an interface: a power of ten, or of two with the high bit; else microseconds. */
function tickOf(view: DataView, little: boolean): number {
  for (let at = 16; at + 4 <= view.byteLength - 4; ) {
    const [code, size] = [view.getUint16(at, little), view.getUint16(at + 2, little)];
    if (code === 0) break;
    if (code === OPTION_TSRESOL && size >= 1) {
      const value = view.getUint8(at + 4);
      return 1e9 / (value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value);
    }
    at += 4 + Math.ceil(size / 4) * 4;
  }
  return 1000;
}

/** A pcap file of Ethernet frames with nanoseconds. */
export function writePcap(packets: readonly CapturedPacket[]): Uint8Array {
  const size = packets.reduce((n, p) => n + RECORD + p.data.length, HEADER);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  const MAX_FRAME = 0x40000;
  view.setUint32(0, PCAP_NANO, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, MAX_FRAME, true);
  view.setUint32(20, ETHERNET, true);
  let at = HEADER;
  for (const { data, timeNs } of packets) {
    view.setUint32(at, Math.floor(timeNs / 1e9), true);
    view.setUint32(at + 4, timeNs % 1e9, true);
    view.setUint32(at + 8, data.length, true);
    view.setUint32(at + 12, data.length, true);
    out.set(data, at + RECORD);
    at += RECORD + data.length;
  }
  return out;
}
