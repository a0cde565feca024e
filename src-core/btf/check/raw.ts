import { BTF_KINDS, BTF_MAX_NAME_OFFSET, type BtfKind } from '../kinds.ts';

/** Longest name that is an identifier (KSYM_NAME_LEN). */
const KSYM_NAME_LEN = 512;

/** One type as it lies in the section: words, nothing decoded, nothing trusted. */
export interface RawType {
  readonly nameOff: number;
  readonly info: number;
  readonly kind: BtfKind;
  readonly vlen: number;
  readonly kindFlag: boolean;
  /** `size` or `type`, by kind. */
  readonly sizeOrType: number;
  /** Byte offset of what follows the type's three words. */
  readonly extra: number;
}

/** The kernel's isalpha() and isprint() know Latin-1 (lib/ctype.c). */
const isAlpha = (c: number): boolean =>
  ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a) || (c >= 0xc0 && c !== 0xd7 && c !== 0xf7);
const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
const isPrint = (c: number): boolean => (c >= 0x20 && c < 0x7f) || c >= 0xa0;
/** __btf_name_char_ok() */
const nameChar = (c: number, first: boolean): boolean =>
  isAlpha(c) || (!first && isDigit(c)) || c === 0x5f || c === 0x2e;

/** A BTF blob whose header and string section are known to be sound. */
export class RawBtf {
  readonly view: DataView;
  /** Type by id; [0] is void. */
  readonly types: RawType[] = [];

  constructor(
    readonly bytes: Uint8Array,
    /** Byte offsets of the sections. */
    readonly typeStart: number,
    readonly typeEnd: number,
    private readonly strStart: number,
    private readonly strEnd: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.types.push({ nameOff: 0, info: 0, kind: 'void', vlen: 0, kindFlag: false, sizeOrType: 0, extra: 0 });
  }

  u32(at: number): number {
    return this.view.getUint32(at, true);
  }

  readType(at: number): RawType {
    const info = this.u32(at + 4);
    return {
      nameOff: this.u32(at),
      info,
      kind: BTF_KINDS[(info >>> 24) & 0x1f] ?? 'void',
      vlen: info & 0xffff,
      kindFlag: info >>> 31 === 1,
      sizeOrType: this.u32(at + 8),
      extra: at + 12,
    };
  }

  /** Null past the last type (btf_type_by_id()). */
  type(id: number): RawType | null {
    return this.types[id] ?? null;
  }

  /** btf_name_offset_valid() */
  nameOffsetValid(offset: number): boolean {
    return offset <= BTF_MAX_NAME_OFFSET && offset < this.strEnd - this.strStart;
  }

  private stringBytes(offset: number): Uint8Array {
    const from = this.strStart + offset;
    return this.bytes.subarray(from, this.bytes.indexOf(0, from));
  }

  /** btf_name_valid_identifier(); the offset must be valid. */
  validIdentifier(offset: number): boolean {
    const s = this.stringBytes(offset);
    if (s.length === 0 || s.length > KSYM_NAME_LEN || !nameChar(s[0], true)) return false;
    return s.every((c, i) => i === 0 || nameChar(c, false));
  }

  /** btf_name_valid_section() */
  validSectionName(offset: number): boolean {
    const s = this.stringBytes(offset);
    return s.length > 0 && s.length <= KSYM_NAME_LEN && s.every(isPrint);
  }

  isEmptyString(offset: number): boolean {
    return !this.nameOffsetValid(offset) || this.stringBytes(offset).length === 0;
  }

  /** __btf_name_by_offset(): what the log calls a type or a member. */
  nameForLog(offset: number): string {
    if (offset === 0) return '(anon)';
    if (!this.nameOffsetValid(offset)) return '(invalid-name-offset)';
    return String.fromCharCode(...this.stringBytes(offset));
  }
}

export const isModifier = (t: RawType): boolean =>
  t.kind === 'typedef' ||
  t.kind === 'volatile' ||
  t.kind === 'const' ||
  t.kind === 'restrict' ||
  t.kind === 'type_tag';
export const isStruct = (t: RawType): boolean => t.kind === 'struct' || t.kind === 'union';

/** btf_type_has_size() */
export const hasSize = (t: RawType): boolean =>
  isStruct(t) ||
  t.kind === 'int' ||
  t.kind === 'enum' ||
  t.kind === 'enum64' ||
  t.kind === 'datasec' ||
  t.kind === 'float';

/** btf_type_is_resolve_source_only(): nothing may refer to these. */
export const isSourceOnly = (t: RawType): boolean =>
  t.kind === 'var' || t.kind === 'decl_tag' || t.kind === 'datasec';

/** btf_type_nosize() */
export const hasNoSize = (t: RawType): boolean =>
  t.kind === 'void' ||
  t.kind === 'fwd' ||
  t.kind === 'func' ||
  t.kind === 'func_proto' ||
  t.kind === 'decl_tag';

/** btf_type_needs_resolve() */
export const needsResolve = (t: RawType): boolean =>
  isModifier(t) ||
  t.kind === 'ptr' ||
  isStruct(t) ||
  t.kind === 'array' ||
  t.kind === 'func' ||
  isSourceOnly(t);

/** Bits to whole bytes, rounded up. */
export const bitsToBytes = (bits: number): number => Math.floor((bits + 7) / 8);

/** The word after an INT: bits 0-7 size, 16-23 offset, 24-27 encoding. */
export function intData(
  raw: RawBtf,
  t: RawType,
): { word: number; bits: number; offset: number; encoding: number } {
  const word = raw.u32(t.extra);
  return { word, bits: word & 0xff, offset: (word >>> 16) & 0xff, encoding: (word >>> 24) & 0xf };
}

/** btf_type_int_is_regular(): no bit field, and of 1, 2, 4, 8 or 16 bytes. */
export function isRegularInt(raw: RawBtf, t: RawType): boolean {
  const { bits, offset } = intData(raw, t);
  return bits % 8 === 0 && offset === 0 && [1, 2, 4, 8, 16].includes(bits / 8);
}

/** `struct btf_member`. */
export interface RawMember {
  readonly nameOff: number;
  readonly type: number;
  /** The word as it stands. */
  readonly offset: number;
}

export function memberAt(raw: RawBtf, t: RawType, i: number): RawMember {
  const at = t.extra + 12 * i;
  return { nameOff: raw.u32(at), type: raw.u32(at + 4), offset: raw.u32(at + 8) };
}

/** `struct btf_var_secinfo`. */
export interface RawSecinfo {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

export function secinfoAt(raw: RawBtf, t: RawType, i: number): RawSecinfo {
  const at = t.extra + 12 * i;
  return { type: raw.u32(at), offset: raw.u32(at + 4), size: raw.u32(at + 8) };
}
