import { ByteReader } from '../util/byte-reader.ts';
import { InputError } from '../util/input-error.ts';
import { BTF_MAGIC } from './kinds.ts';

/** Records of one ELF section in a .BTF.ext table; `data` is `count` records of `recSize` bytes. */
export interface ExtRecords {
  /** Offset of the ELF section's name in the BTF strings. */
  readonly sectionNameOff: number;
  readonly recSize: number;
  readonly count: number;
  readonly data: Uint8Array;
}

/** The three tables of .BTF.ext (`struct btf_ext_header`, libbpf 1.8), in the file's order. */
export interface BtfExt {
  readonly funcInfo: readonly ExtRecords[];
  readonly lineInfo: readonly ExtRecords[];
  readonly coreRelos: readonly ExtRecords[];
}

/** `struct bpf_core_relo`. */
export interface CoreRelo {
  /** Byte offset of the instruction in its ELF section. */
  readonly insnOff: number;
  readonly typeId: number;
  /** Offset in the BTF strings of the access string, "0:1:2". */
  readonly accessStrOff: number;
  /** `enum bpf_core_relo_kind`. */
  readonly kind: number;
}

const FUNC_INFO_SIZE = 8;
const LINE_INFO_SIZE = 16;
const CORE_RELO_SIZE = 16;
const HEADER_WITH_LINES = 24;
const HEADER_WITH_CORE = 32;

/** Parses .BTF.ext with the checks of libbpf's btf_ext_parse(); throws InputError with the byte offset. */
export function parseBtfExt(bytes: Uint8Array): BtfExt {
  const r = new ByteReader(bytes, '.BTF.ext');
  const magic = r.u16(0);
  if (magic !== BTF_MAGIC) fail(`wrong magic 0x${magic.toString(16)}, 0xeb9f wanted`, 0);
  if (r.u8(2) !== 1) fail(`unknown version ${r.u8(2)}`, 2);
  if (r.u8(3) !== 0) fail(`unknown flags 0x${r.u8(3).toString(16)}`, 3);
  const headerLen = r.u32(4);
  if (headerLen < HEADER_WITH_LINES || headerLen >= bytes.length) fail(`header length ${headerLen}`, 4);
  const table = (at: number, minRec: number, what: string) =>
    readTable(r, headerLen + r.u32(at), r.u32(at + 4), minRec, what);
  return {
    funcInfo: table(8, FUNC_INFO_SIZE, 'func_info'),
    lineInfo: table(16, LINE_INFO_SIZE, 'line_info'),
    coreRelos: headerLen >= HEADER_WITH_CORE ? table(24, CORE_RELO_SIZE, 'core_relo') : [],
  };
}

function fail(message: string, offset: number): never {
  throw new InputError(`.BTF.ext: ${message}`, { offset, section: '.BTF.ext' });
}

/** rec_size (u32), then for each section: name (u32), count (u32), records. */
function readTable(r: ByteReader, start: number, len: number, minRec: number, what: string): ExtRecords[] {
  if (len === 0) return [];
  if (start % 4 !== 0) fail(`${what} is not aligned to 4 bytes`, start);
  if (start + len > r.length) fail(`${what} runs past the end`, start);
  const recSize = r.u32(start);
  if (recSize < minRec || recSize % 4 !== 0) fail(`${what} has record size ${recSize}`, start);
  const end = start + len;
  const out: ExtRecords[] = [];
  let at = start + 4;
  if (at >= end) fail(`${what} has no records`, start);
  while (at < end) {
    if (at + 8 > end) fail(`${what} is cut short`, at);
    const count = r.u32(at + 4);
    const size = count * recSize;
    if (count === 0 || at + 8 + size > end)
      fail(`${what} has ${count} records where they do not fit`, at + 4);
    out.push({ sectionNameOff: r.u32(at), recSize, count, data: r.slice(at + 8, size) });
    at += 8 + size;
  }
  return out;
}

/** The CO-RE relocations of one section. */
export function coreRelosOf(records: ExtRecords): CoreRelo[] {
  const r = new ByteReader(records.data, '.BTF.ext core_relo');
  return Array.from({ length: records.count }, (_, i) => {
    const at = i * records.recSize;
    return { insnOff: r.u32(at), typeId: r.u32(at + 4), accessStrOff: r.u32(at + 8), kind: r.u32(at + 12) };
  });
}

/** One section's worth of records to write. */
export interface ExtRecordsOut {
  readonly sectionNameOff: number;
  /** Rows of u32 words, all of the same length. */
  readonly rows: readonly (readonly number[])[];
}

/** Writes .BTF.ext with func_info and line_info tables (either may be empty). */
export function writeBtfExt(
  funcInfo: readonly ExtRecordsOut[],
  lineInfo: readonly ExtRecordsOut[],
): Uint8Array {
  const func = tableWords(funcInfo, FUNC_INFO_SIZE);
  const line = tableWords(lineInfo, LINE_INFO_SIZE);
  const funcLen = func.length * 4;
  const words = [HEADER_WITH_CORE, 0, funcLen, funcLen, line.length * 4, funcLen + line.length * 4, 0];
  const out = new Uint8Array(4 + 4 * (words.length + func.length + line.length));
  const view = new DataView(out.buffer);
  view.setUint16(0, BTF_MAGIC, true);
  view.setUint8(2, 1);
  [...words, ...func, ...line].forEach((w, i) => {
    view.setUint32(4 + 4 * i, w, true);
  });
  return out;
}

function tableWords(sections: readonly ExtRecordsOut[], recSize: number): number[] {
  const used = sections.filter((s) => s.rows.length > 0);
  if (used.length === 0) return [];
  return [recSize, ...used.flatMap((s) => [s.sectionNameOff, s.rows.length, ...s.rows.flat()])];
}
