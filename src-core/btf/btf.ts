import { InputError } from '../util/input-error.ts';
import { decodeType } from './decode.ts';
import { BTF_KINDS, type BtfKind } from './kinds.ts';
import { indexTypes, readHeader, validateType } from './layout.ts';
import { BtfStrings } from './strings.ts';
import type { BtfType, BtfVoid } from './types.ts';

/** `MAX_RESOLVE_DEPTH` of libbpf's btf.c and of the kernel's: longer chains of references are refused. */
const MAX_RESOLVE_DEPTH = 32;

const VOID: BtfVoid = { kind: 'void', id: 0, name: '', nameOff: 0, info: 0, kindFlag: false };

/**
 * A parsed BTF blob, alone or split on a base. Parsing checks every reference and records where each type
 * lies; types are decoded when asked for. Ids run from 1 over the base's types, then this blob's.
 */
export class Btf {
  /** Number of types with the void type and the base's: ids are below it (libbpf's btf__type_cnt()). */
  readonly nrTypes: number;
  /** The first id that this blob itself describes: 1 without a base. */
  readonly startId: number;
  private readonly view: DataView;
  private readonly offsets: Uint32Array;
  private readonly strings: BtfStrings;
  private readonly stringBase: number;
  private readonly cache: (BtfType | undefined)[] = [];
  private nameIndex: Map<string, number[]> | null = null;
  private readonly alignOfComposites = new Map<number, number>();

  private constructor(
    /** The blob as it was given: header, types, strings. */
    readonly raw: Uint8Array,
    readonly base: Btf | null,
  ) {
    this.view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    const sections = readHeader(this.view, base !== null);
    this.startId = base === null ? 1 : base.nrTypes;
    this.stringBase = base === null ? 0 : base.stringEnd;
    this.strings = new BtfStrings(raw.subarray(sections.strings, sections.stringsEnd));
    this.offsets = indexTypes(this.view, sections, this.startId);
    this.nrTypes = this.startId + this.offsets.length;
    const limits = { nrTypes: this.nrTypes, strEnd: this.stringEnd };
    this.offsets.forEach((pos, i) => {
      validateType(this.view, pos, this.startId + i, limits);
    });
    this.checkFuncs();
  }

  /** Parses a blob; throws InputError with the byte offset of what is wrong. */
  static parse(raw: Uint8Array, base: Btf | null = null): Btf {
    return new Btf(raw, base);
  }

  /** Offset after the last string, base included. */
  get stringEnd(): number {
    return this.stringBase + this.strings.bytes.length;
  }

  private checkFuncs(): void {
    this.offsets.forEach((pos, i) => {
      const isFunc = ((this.view.getUint32(pos + 4, true) >>> 24) & 0x1f) === 12;
      const ref = isFunc ? this.view.getUint32(pos + 8, true) : 0;
      if (isFunc && this.kindOf(ref) !== 'func_proto') {
        throw new InputError(
          `BTF: type [${this.startId + i}] is a function whose type [${ref}] is no FUNC_PROTO`,
          {
            offset: pos + 8,
          },
        );
      }
    });
  }

  /** Byte offset of a type's record in `raw`; the id must belong to this blob, not to its base. */
  offsetOf(id: number): number {
    this.mustHave(id);
    if (id < this.startId) throw new InputError(`BTF type [${id}] belongs to the base`);
    return this.offsets[id - this.startId];
  }

  has(id: number): boolean {
    return Number.isInteger(id) && id >= 0 && id < this.nrTypes;
  }

  private mustHave(id: number): void {
    if (!this.has(id)) throw new InputError(`BTF has no type [${id}]`);
  }

  /** The kind without decoding the rest. */
  kindOf(id: number): BtfKind {
    this.mustHave(id);
    if (id === 0) return 'void';
    if (id < this.startId && this.base !== null) return this.base.kindOf(id);
    return BTF_KINDS[(this.view.getUint32(this.offsets[id - this.startId] + 4, true) >>> 24) & 0x1f];
  }

  /** The name without decoding the rest. */
  nameOf(id: number): string {
    this.mustHave(id);
    if (id === 0) return '';
    if (id < this.startId && this.base !== null) return this.base.nameOf(id);
    return this.stringAt(this.view.getUint32(this.offsets[id - this.startId], true));
  }

  /** Throws InputError for an id that is not there. The same object is returned each time. */
  typeById(id: number): BtfType {
    this.mustHave(id);
    if (id === 0) return VOID;
    if (id < this.startId && this.base !== null) return this.base.typeById(id);
    const known = this.cache[id];
    if (known !== undefined) return known;
    const type = decodeType(this.view, this.offsets[id - this.startId], id, (off) => this.stringAt(off));
    this.cache[id] = type;
    return type;
  }

  /** The string at an offset; throws InputError past the end. */
  stringAt(offset: number): string {
    if (offset < this.stringBase && this.base !== null) return this.base.stringAt(offset);
    if (!(offset >= 0 && offset < this.stringEnd)) {
      throw new InputError(`BTF has no string at offset ${offset}`, { offset });
    }
    return this.strings.at(offset - this.stringBase);
  }

  /** stringAt() as bytes, one character each, for text that must come out byte for byte (util/byte-text.ts). */
  stringBytesAt(offset: number): string {
    if (offset < this.stringBase && this.base !== null) return this.base.stringBytesAt(offset);
    return this.hasString(offset) ? this.strings.bytesAt(offset - this.stringBase) : this.stringAt(offset);
  }

  hasString(offset: number): boolean {
    return Number.isInteger(offset) && offset >= 0 && offset < this.stringEnd;
  }

  private ownNames(): Map<string, number[]> {
    if (this.nameIndex !== null) return this.nameIndex;
    const index = new Map<string, number[]>();
    this.offsets.forEach((pos, i) => {
      const off = this.view.getUint32(pos, true);
      if (off === 0) return;
      const name = this.stringAt(off);
      const ids = index.get(name);
      if (ids === undefined) index.set(name, [this.startId + i]);
      else ids.push(this.startId + i);
    });
    this.nameIndex = index;
    return index;
  }

  /** The lowest id of a type with this name (and kind), base first, as btf_find_by_name_kind(). */
  findByName(name: string, kind: BtfKind | null = null): number | null {
    const inBase = this.base?.findByName(name, kind) ?? null;
    if (inBase !== null) return inBase;
    const ids = this.ownNames().get(name) ?? [];
    return ids.find((id) => kind === null || this.kindOf(id) === kind) ?? null;
  }

  /** All ids with this name, lowest first. */
  findAllByName(name: string): readonly number[] {
    const own = this.ownNames().get(name) ?? [];
    return this.base === null ? own : [...this.base.findAllByName(name), ...own];
  }

  /** All names of this blob and its base, each once. */
  names(): Iterable<string> {
    if (this.base === null) return this.ownNames().keys();
    return new Set([...this.base.names(), ...this.ownNames().keys()]);
  }

  /** btf__resolve_size() of libbpf: bytes of a value of this type; throws InputError when it has none. */
  resolveSize(id: number): number {
    let count = 1;
    let at = id;
    for (let depth = 0; depth < MAX_RESOLVE_DEPTH; depth++) {
      const t = this.typeById(at);
      switch (t.kind) {
        case 'int':
        case 'struct':
        case 'union':
        case 'enum':
        case 'enum64':
        case 'datasec':
        case 'float':
          return this.checkedSize(count * t.size, id);
        case 'ptr':
          return this.checkedSize(count * 8, id);
        case 'typedef':
        case 'volatile':
        case 'const':
        case 'restrict':
        case 'var':
        case 'decl_tag':
        case 'type_tag':
          at = t.type;
          break;
        case 'array':
          if (t.nelems === 0) return 0;
          count = this.checkedSize(count * t.nelems, id);
          at = t.type;
          break;
        default:
          throw new InputError(`BTF type [${id}] has no size: it leads to kind ${t.kind}`);
      }
    }
    throw new InputError(`BTF type [${id}]: more than ${MAX_RESOLVE_DEPTH} references in a row`);
  }

  private checkedSize(size: number, id: number): number {
    if (size > 0xffff_ffff) throw new InputError(`BTF type [${id}] is larger than 4 GiB`);
    return size;
  }

  /** btf__align_of() of libbpf: bytes, or 0 when unknown. */
  alignOf(id: number, depth = 0): number {
    if (depth > MAX_RESOLVE_DEPTH) throw new InputError(`BTF type [${id}]: nested too deeply`);
    const t = this.typeById(id);
    switch (t.kind) {
      case 'int':
      case 'enum':
      case 'enum64':
      case 'float':
        return Math.min(8, t.size);
      case 'ptr':
        return 8;
      case 'typedef':
      case 'volatile':
      case 'const':
      case 'restrict':
      case 'type_tag':
      case 'array':
        return this.alignOf(t.type, depth + 1);
      case 'struct':
      case 'union': {
        const align = this.alignOfComposites.get(id) ?? this.alignOfComposite(t, depth);
        this.alignOfComposites.set(id, align);
        return align;
      }
      default:
        return 0;
    }
  }

  private alignOfComposite(t: Extract<BtfType, { kind: 'struct' | 'union' }>, depth: number): number {
    let max = 1;
    for (const m of t.members) {
      const align = this.alignOf(m.type, depth + 1);
      if (align === 0) return 0;
      max = Math.max(max, align);
      // A member off its natural alignment makes the whole packed.
      if (m.bitfieldSize === 0 && m.bitOffset % (8 * align) !== 0) return 1;
    }
    return t.size % max === 0 ? max : 1;
  }

  private skip(id: number, through: readonly BtfKind[]): number {
    let at = id;
    // The kernel refuses chains over 32; 4 times that lets a caller say so itself.
    for (let depth = 0; depth < 4 * MAX_RESOLVE_DEPTH; depth++) {
      const t = this.typeById(at);
      if (!through.includes(t.kind) || !('type' in t)) return at;
      at = t.type;
    }
    throw new InputError(`BTF type [${id}]: modifiers lead in a circle or nest too deeply`);
  }

  /** Follows typedef, const, volatile, restrict and type tags (libbpf's skip_mods_and_typedefs()). */
  skipModsAndTypedefs(id: number): number {
    return this.skip(id, ['typedef', 'const', 'volatile', 'restrict', 'type_tag']);
  }

  /** Follows const, volatile, restrict and type tags, not typedefs. */
  skipMods(id: number): number {
    return this.skip(id, ['const', 'volatile', 'restrict', 'type_tag']);
  }
}
