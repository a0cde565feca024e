import { gunzipSync, gzipSync } from 'fflate';
import { crc32 } from '../util/crc32.ts';
import { InputError } from '../util/input-error.ts';
import { BTF_HEADER_SIZE, BTF_KINDS, BTF_MAGIC, BTF_VERSION } from './kinds.ts';

/**
 * BTF, packed for transfer: a fifth smaller than gzip alone. The words of types are sorted into columns by
 * kind and field, type ids become distances, most columns hold differences, and all are variable-length.
 *
 *   gzip( "XBTF" | words of types | bytes of strings | bytes of config | length of each column
 *         | columns | strings | config )
 */
const MAGIC = 0x46544258;
const FIELDS = 8;
const COLUMNS = BTF_KINDS.length * FIELDS;
const COLUMN_LENGTHS = 16;
const PREFIX = COLUMN_LENGTHS + 4 * COLUMNS;
/** Larger than any kernel's BTF. */
const MAX_BYTES = 64 << 20;

/** Fields of a type's record: name, info, third word, fixed words behind, words of each element. */
const NAME = 0;
const INFO = 1;
const THIRD = 2;
const EXTRA = 3;
const ELEMENT = 5;

/** Fixed words after `struct btf_type`, and words for each of its vlen elements, by kind. */
const EXTRA_WORDS = [0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];
const ELEMENT_WORDS = [0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3];

const kind = (name: (typeof BTF_KINDS)[number]): number => BTF_KINDS.indexOf(name);
const COMPOSITES: readonly number[] = [kind('struct'), kind('union')];
/** Kinds whose third word is a size, or nothing. */
const SIZED: readonly number[] = [1, 4, 5, 6, 7, 15, 16, 19];
/** Columns that are better off without differences: names of parameters, which recur. */
const PLAIN: readonly number[] = [kind('func_proto') * FIELDS + ELEMENT];

/** Passes a word through a column; `base` is what it is likely to be near. Returns the word. */
type Pass = (index: number, column: number, base: number) => number;

/** Visits the words of all types in an order that both directions can follow. */
function walk(words: number, pass: Pass): void {
  for (let at = 0, id = 1; at + 3 <= words; id++) at = walkType(at, id, pass);
}

/** One type; returns where the next one starts. */
function walkType(at: number, id: number, pass: Pass): number {
  const info = pass(at + 1, INFO, 0);
  const k = Math.min((info >>> 24) & 0x1f, BTF_KINDS.length - 1);
  const column = k * FIELDS;
  pass(at, column + NAME, 0);
  pass(at + 2, column + THIRD, SIZED.includes(k) ? 0 : id);
  let next = at + 3;
  for (let i = 0; i < EXTRA_WORDS[k]; i++)
    pass(next++, column + EXTRA + Math.min(i, 1), k === kind('array') && i < 2 ? id : 0);
  const perElement = ELEMENT_WORDS[k];
  const byType = COMPOSITES.includes(k) || k === kind('func_proto');
  for (let e = perElement === 0 ? 0 : info & 0xffff, before = 0; e > 0; e--) {
    pass(next, column + ELEMENT, 0);
    const second = pass(next + 1, column + ELEMENT + 1, byType ? id : before);
    if (k === kind('enum')) before = (second + 1) >>> 0;
    if (perElement === 3) {
      const third = pass(next + 2, column + ELEMENT + 2, before);
      if (COMPOSITES.includes(k)) before = third;
    }
    next += perElement;
  }
  return next;
}

const zigzag = (v: number): number => ((v << 1) ^ (v >> 31)) >>> 0;
const unzigzag = (v: number): number => (v >>> 1) ^ -(v & 1);
/** Puts the kind into the low byte, so that the common infos are short. */
const rotate = (v: number): number => ((v << 8) | (v >>> 24)) >>> 0;
const unrotate = (v: number): number => ((v >>> 8) | (v << 24)) >>> 0;

/** A kernel's BTF blob, and its configuration ("CONFIG_HZ=250\n..."), which .kconfig externs ask for. */
export interface KernelFacts {
  readonly raw: Uint8Array;
  readonly config: string;
}

/** Packs a BTF blob without a base. */
export function packBtf({ raw, config }: KernelFacts): Uint8Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const header = view.getUint32(4, true);
  const types = header + view.getUint32(8, true);
  const words = view.getUint32(12, true) / 4;
  const strings = header + view.getUint32(16, true);
  const stringBytes = raw.subarray(strings, strings + view.getUint32(20, true));
  const columns: number[][] = Array.from({ length: COLUMNS }, () => []);
  const last = new Int32Array(COLUMNS);
  walk(words, (index, column, base) => {
    const word = view.getUint32(types + 4 * index, true);
    if (column === INFO) writeVarint(columns[column], rotate(word));
    else {
      const value = (word - base) | 0;
      writeVarint(columns[column], zigzag((value - last[column]) | 0));
      if (!PLAIN.includes(column)) last[column] = value;
    }
    return word;
  });
  return gzipSync(joined(words, columns, stringBytes, new TextEncoder().encode(config)), {
    level: 9,
    mem: 9,
  });
}

function writeVarint(out: number[], value: number): void {
  let v = value;
  for (; v >= 0x80; v >>>= 7) out.push((v & 0x7f) | 0x80);
  out.push(v);
}

function joined(
  words: number,
  columns: readonly (readonly number[])[],
  strings: Uint8Array,
  config: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(
    PREFIX + columns.reduce((n, c) => n + c.length, 0) + strings.length + config.length,
  );
  const view = new DataView(out.buffer);
  [MAGIC, words, strings.length, config.length, ...columns.map((c) => c.length)].forEach((w, i) => {
    view.setUint32(4 * i, w, true);
  });
  let at = PREFIX;
  for (const part of [...columns, strings, config]) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** What packBtf() was given. Throws InputError when the packed form is damaged. */
export function unpackBtf(packed: Uint8Array): KernelFacts {
  const bytes = gunzip(packed);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX || view.getUint32(0, true) !== MAGIC) damaged('its first word is wrong');
  const words = view.getUint32(4, true);
  const stringLen = view.getUint32(8, true);
  const configLen = view.getUint32(12, true);
  if (words * 4 + stringLen > MAX_BYTES) damaged('it claims to be too large');
  const at = new Uint32Array(COLUMNS + 1);
  at[0] = PREFIX;
  for (let c = 0; c < COLUMNS; c++) at[c + 1] = at[c] + view.getUint32(COLUMN_LENGTHS + 4 * c, true);
  const ends = at.slice(1);
  const strings = ends[COLUMNS - 1];
  if (strings + stringLen + configLen !== bytes.length) damaged('its parts do not fill it');
  const raw = emptyBtf(words, bytes.subarray(strings, strings + stringLen));
  fillTypes(raw, words, bytes, at, ends);
  if (ends.some((end, c) => at[c] !== end)) damaged('a column has words left over');
  return { raw, config: new TextDecoder().decode(bytes.subarray(strings + stringLen)) };
}

function fillTypes(
  raw: Uint8Array,
  words: number,
  bytes: Uint8Array,
  at: Uint32Array,
  ends: Uint32Array,
): void {
  const view = new DataView(raw.buffer);
  const last = new Int32Array(COLUMNS);
  walk(words, (index, column, base) => {
    let value = 0;
    let shift = 0;
    let byte = 0;
    do {
      if (at[column] >= ends[column] || index >= words) damaged('a column ends too early');
      byte = bytes[at[column]++];
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80 && shift < 35);
    const word = column === INFO ? unrotate(value >>> 0) : plainWord(value, column, base, last);
    view.setUint32(BTF_HEADER_SIZE + 4 * index, word, true);
    return word;
  });
}

function plainWord(value: number, column: number, base: number, last: Int32Array): number {
  const own = (unzigzag(value >>> 0) + last[column]) | 0;
  if (!PLAIN.includes(column)) last[column] = own;
  return (own + base) >>> 0;
}

function emptyBtf(words: number, strings: Uint8Array): Uint8Array {
  const raw = new Uint8Array(BTF_HEADER_SIZE + words * 4 + strings.length);
  const view = new DataView(raw.buffer);
  view.setUint16(0, BTF_MAGIC, true);
  view.setUint8(2, BTF_VERSION);
  [BTF_HEADER_SIZE, 0, words * 4, words * 4, strings.length].forEach((w, i) => {
    view.setUint32(4 + 4 * i, w, true);
  });
  raw.set(strings, BTF_HEADER_SIZE + words * 4);
  return raw;
}

function damaged(why: string): never {
  throw new InputError(`packed BTF is damaged: ${why}`);
}

/** fflate does not look at the checksum, and wrong types would be believed. */
function gunzip(packed: Uint8Array): Uint8Array {
  if (packed.length < 18 || packed[0] !== 0x1f || packed[1] !== 0x8b) damaged('it has no gzip header');
  const trailer = new DataView(packed.buffer, packed.byteOffset + packed.length - 8, 8);
  const size = trailer.getUint32(4, true);
  if (size > MAX_BYTES) damaged(`${size} bytes are too many`);
  const bytes = inflate(packed, size);
  if (crc32(bytes) !== trailer.getUint32(0, true)) damaged('its checksum is wrong');
  return bytes;
}

function inflate(packed: Uint8Array, size: number): Uint8Array {
  try {
    return gunzipSync(packed, { out: new Uint8Array(size) });
  } catch (e) {
    return damaged(e instanceof Error ? e.message : 'it cannot be unpacked');
  }
}
