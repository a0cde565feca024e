import { E2BIG, EINVAL, ELOOP, ENOTSUPP } from '../../uapi/errno.ts';
import { BTF_MAGIC, BTF_MAX_NAME_OFFSET, BTF_VERSION } from '../kinds.ts';
import { BtfCheckLog } from './log.ts';
import { checkAllMetas } from './meta.ts';
import { isModifier, RawBtf } from './raw.ts';
import { Resolver } from './resolve.ts';

const HEADER_SIZE = 24;
const BTF_MAX_SIZE = 16 << 20;
const MAX_CHAIN = 32;

/** What BPF_BTF_LOAD answers. */
export interface BtfVerdict {
  /** Positive; 0 when the kernel takes it. */
  readonly errno: number;
  /** btf_log_buf at level 1; empty when none was asked for. */
  readonly log: string;
}

interface Header {
  readonly magic: number;
  readonly version: number;
  readonly flags: number;
  readonly hdrLen: number;
  readonly typeOff: number;
  readonly typeLen: number;
  readonly strOff: number;
  readonly strLen: number;
}

/** A short header is followed by zeros, as the kernel copies it into a cleared one. */
function readHeader(bytes: Uint8Array, hdrLen: number): Header {
  const copy = new Uint8Array(HEADER_SIZE);
  copy.set(bytes.subarray(0, Math.min(hdrLen, HEADER_SIZE)));
  const view = new DataView(copy.buffer);
  const u32 = (at: number): number => view.getUint32(at, true);
  return {
    magic: view.getUint16(0, true),
    version: view.getUint8(2),
    flags: view.getUint8(3),
    hdrLen: u32(4),
    typeOff: u32(8),
    typeLen: u32(12),
    strOff: u32(16),
    strLen: u32(20),
  };
}

/** btf_check_sec_info(): two sections, without a gap between or behind them. Null, or what is wrong. */
function sectionProblem(h: Header, size: number): string | null {
  const sections = [
    { off: h.typeOff, len: h.typeLen },
    { off: h.strOff, len: h.strLen },
  ].sort((a, b) => (a.off - b.off) | 0 || (a.len - b.len) | 0);
  const expected = size - h.hdrLen;
  let total = 0;
  for (const { off, len } of sections) {
    if (expected < off) return 'Invalid section offset';
    if (total < off) return 'Unsupported section found';
    if (total > off) return 'Section overlap found';
    if (expected - total < len) return 'Total section length too long';
    total += len;
  }
  return expected === total ? null : 'Unsupported section found';
}

function headerText(h: Header, size: number): string {
  return [
    `magic: 0x${h.magic.toString(16)}`,
    `version: ${h.version}`,
    `flags: 0x${h.flags.toString(16)}`,
    `hdr_len: ${h.hdrLen}`,
    `type_off: ${h.typeOff}`,
    `type_len: ${h.typeLen}`,
    `str_off: ${h.strOff}`,
    `str_len: ${h.strLen}`,
    `btf_total_size: ${size}`,
    '',
  ].join('\n');
}

/** btf_parse_hdr(): the header, or a negative errno. */
function parseHeader(bytes: Uint8Array, log: BtfCheckLog): Header | number {
  const fail = (what: string, errno = EINVAL): number => {
    log.write(what);
    return -errno;
  };
  if (bytes.length < 8) return fail('hdr_len not found');
  const hdrLen = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);
  if (bytes.length < hdrLen) return fail('btf_header not found');
  if (bytes.subarray(HEADER_SIZE, hdrLen).some((b) => b !== 0)) return fail('Unsupported btf_header', E2BIG);
  const h = readHeader(bytes, hdrLen);
  log.write(headerText(h, bytes.length));
  if (h.magic !== BTF_MAGIC) return fail('Invalid magic');
  if (h.version !== BTF_VERSION) return fail('Unsupported version', ENOTSUPP);
  if (h.flags !== 0) return fail('Unsupported flags', ENOTSUPP);
  if (bytes.length === h.hdrLen) return fail('No data');
  const problem = sectionProblem(h, bytes.length);
  return problem === null ? h : fail(problem);
}

/** btf_parse_str_sec(): null, or what is wrong. */
function stringProblem(bytes: Uint8Array, h: Header): string | null {
  const start = h.hdrLen + h.strOff;
  const end = start + h.strLen;
  if (end !== bytes.length) return 'String section is not at the end';
  const sound =
    h.strLen !== 0 && h.strLen - 1 <= BTF_MAX_NAME_OFFSET && bytes[end - 1] === 0 && bytes[start] === 0;
  return sound ? null : 'Invalid string section';
}

/** btf_check_type_tags(): tags stand before other modifiers, and no chain is longer than 32. */
function checkTypeTags(raw: RawBtf, log: BtfCheckLog): number {
  let goodId = 0;
  for (let id = 1; id < raw.types.length; id++) {
    let t = raw.types[id];
    if (!isModifier(t)) continue;
    let inTags = t.kind === 'type_tag';
    let current = id;
    for (let left = MAX_CHAIN; isModifier(t); left--) {
      if (left === 0) {
        log.write('Max chain length or cycle detected');
        return -ELOOP;
      }
      if (t.kind !== 'type_tag') inTags = false;
      else if (!inTags) {
        log.write("Type tags don't precede modifiers");
        return -EINVAL;
      }
      if (current <= goodId) break;
      current = t.sizeOrType;
      const next = raw.type(current);
      if (next === null) return -EINVAL;
      t = next;
    }
    goodId = id;
  }
  return 0;
}

function check(bytes: Uint8Array, log: BtfCheckLog): number {
  if (bytes.length > BTF_MAX_SIZE) return -E2BIG;
  const h = parseHeader(bytes, log);
  if (typeof h === 'number') return h;
  const problem = stringProblem(bytes, h);
  if (problem !== null) {
    log.write(problem);
    return -EINVAL;
  }
  if (h.typeOff % 4 !== 0 || h.typeLen === 0) {
    log.write(h.typeOff % 4 !== 0 ? 'Unaligned type_off' : 'No type found');
    return -EINVAL;
  }
  const types = h.hdrLen + h.typeOff;
  const strings = h.hdrLen + h.strOff;
  const raw = new RawBtf(bytes, types, types + h.typeLen, strings, strings + h.strLen);
  return checkAllMetas(raw, log) || new Resolver(raw, log).run() || checkTypeTags(raw, log);
}

/**
 * BPF_BTF_LOAD's validation of a program's BTF without a base (btf_parse(), Linux 6.18): errno, and the log when
 * asked for. The records of locks, timers and kernel pointers that the kernel makes last are not part of it.
 */
export function btfCheck(bytes: Uint8Array, withLog: boolean): BtfVerdict {
  const log = new BtfCheckLog(withLog);
  return { errno: -check(bytes, log) || 0, log: log.toString() };
}
