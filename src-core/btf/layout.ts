import { InputError } from '../util/input-error.ts';
import {
  BTF_HEADER_SIZE,
  BTF_KINDS,
  BTF_MAGIC,
  BTF_MAX_NAME_OFFSET,
  BTF_MAX_TYPE,
  BTF_VERSION,
} from './kinds.ts';

/** Where the two sections of a BTF blob lie, in bytes from its start. */
export interface BtfSections {
  readonly types: number;
  readonly typesEnd: number;
  readonly strings: number;
  readonly stringsEnd: number;
}

function bad(message: string, offset: number): never {
  throw new InputError(`BTF: ${message}`, { offset });
}

/**
 *   magic (u16) version (u8) flags (u8) | hdr_len | type_off | type_len | str_off | str_len
 *
 * Offsets count from the end of the header. Checks of libbpf's btf_parse_hdr().
 */
export function readHeader(view: DataView, splitBase: boolean): BtfSections {
  const size = view.byteLength;
  if (size < BTF_HEADER_SIZE) bad(`${size} bytes are too few for a header of ${BTF_HEADER_SIZE}`, 0);
  const magic = view.getUint16(0, true);
  if (magic === 0x9feb) bad('big-endian data; only little-endian BTF is taken', 0);
  if (magic !== BTF_MAGIC) bad(`wrong magic 0x${magic.toString(16)}, 0xeb9f wanted`, 0);
  const version = view.getUint8(2);
  if (version !== BTF_VERSION) bad(`unknown version ${version}`, 2);
  const headerLen = view.getUint32(4, true);
  if (headerLen < BTF_HEADER_SIZE || headerLen > size) bad(`header length ${headerLen} is out of range`, 4);
  const typeOff = view.getUint32(8, true);
  const typeLen = view.getUint32(12, true);
  const strOff = view.getUint32(16, true);
  const strLen = view.getUint32(20, true);
  if (typeOff % 4 !== 0) bad('type section is not aligned to 4 bytes', 8);
  if (typeOff + typeLen > strOff) bad('type section runs into the string section', 12);
  if (headerLen + strOff + strLen > size) bad('string section runs past the end', 20);
  const strings = headerLen + strOff;
  const emptySplit = splitBase && strLen === 0;
  if (!emptySplit) {
    if (strLen === 0 || strLen - 1 > BTF_MAX_NAME_OFFSET) bad(`string section of ${strLen} bytes`, 20);
    if (view.getUint8(strings + strLen - 1) !== 0)
      bad('string section has no final NUL', strings + strLen - 1);
    if (!splitBase && view.getUint8(strings) !== 0) {
      bad(
        'string section does not start with the empty string (is this split BTF without its base?)',
        strings,
      );
    }
  }
  return {
    types: headerLen + typeOff,
    typesEnd: headerLen + typeOff + typeLen,
    strings,
    stringsEnd: strings + strLen,
  };
}

/** Bytes after the 12 of `struct btf_type`: fixed part and part per vlen, by kind number. */
const EXTRA = [0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0];
const PER_VLEN = [0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12];

/** Offset in the blob of each type's record; entry 0 is the first type of this blob. */
export function indexTypes(view: DataView, at: BtfSections, startId: number): Uint32Array {
  let offsets = new Uint32Array(1024);
  let n = 0;
  let pos = at.types;
  while (pos < at.typesEnd) {
    if (pos + 12 > at.typesEnd) bad(`type [${startId + n}] is cut short`, pos);
    const info = view.getUint32(pos + 4, true);
    const kind = (info >>> 24) & 0x1f;
    if (kind === 0 || kind >= BTF_KINDS.length)
      bad(`type [${startId + n}] has unknown kind ${kind}`, pos + 4);
    const next = pos + 12 + EXTRA[kind] + PER_VLEN[kind] * (info & 0xffff);
    if (next > at.typesEnd) bad(`type [${startId + n}] runs past the end of the type section`, pos);
    if (startId + n > BTF_MAX_TYPE) bad(`more than ${BTF_MAX_TYPE} types`, pos);
    if (n === offsets.length) {
      const bigger = new Uint32Array(n * 2);
      bigger.set(offsets);
      offsets = bigger;
    }
    offsets[n++] = pos;
    pos = next;
  }
  return offsets.slice(0, n);
}

/** Limits that references of a blob must keep: ids below `nrTypes`, string offsets below `strEnd`. */
export interface RefLimits {
  readonly nrTypes: number;
  readonly strEnd: number;
}

/**
 * Every type id and string offset of one record is in range, so that decoding cannot fail later
 * (libbpf's btf_validate_type()).
 */
export function validateType(view: DataView, pos: number, id: number, limits: RefLimits): void {
  const info = view.getUint32(pos + 4, true);
  const kind = (info >>> 24) & 0x1f;
  const vlen = info & 0xffff;
  checkName(view, pos, id, limits);
  switch (BTF_KINDS[kind]) {
    case 'ptr':
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
    case 'type_tag':
    case 'var':
    case 'decl_tag':
    case 'func':
      checkRef(view, pos + 8, id, limits);
      return;
    case 'array':
      checkRef(view, pos + 12, id, limits);
      checkRef(view, pos + 16, id, limits);
      return;
    case 'struct':
    case 'union':
      for (let i = 0, at = pos + 12; i < vlen; i++, at += 12) {
        checkName(view, at, id, limits);
        checkRef(view, at + 4, id, limits);
      }
      return;
    case 'func_proto':
      checkRef(view, pos + 8, id, limits);
      for (let i = 0, at = pos + 12; i < vlen; i++, at += 8) {
        checkName(view, at, id, limits);
        checkRef(view, at + 4, id, limits);
      }
      return;
    case 'datasec':
      for (let i = 0, at = pos + 12; i < vlen; i++, at += 12) checkRef(view, at, id, limits);
      return;
    case 'enum':
      for (let i = 0, at = pos + 12; i < vlen; i++, at += 8) checkName(view, at, id, limits);
      return;
    case 'enum64':
      for (let i = 0, at = pos + 12; i < vlen; i++, at += 12) checkName(view, at, id, limits);
      return;
    default:
      return;
  }
}

function checkName(view: DataView, at: number, id: number, limits: RefLimits): void {
  const off = view.getUint32(at, true);
  if (off >= limits.strEnd) bad(`type [${id}] has a name at string offset ${off}, past the end`, at);
}

function checkRef(view: DataView, at: number, id: number, limits: RefLimits): void {
  const ref = view.getUint32(at, true);
  if (ref >= limits.nrTypes) bad(`type [${id}] refers to type [${ref}], which is not there`, at);
}
