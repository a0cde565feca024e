import { Btf } from './btf.ts';
import { BTF_HEADER_SIZE, BTF_MAGIC, BTF_VERSION, type BtfKind, kindNumber } from './kinds.ts';

/**
 * Writes BTF: new, or an existing blob with more types behind it. Ids are handed out in order of calls.
 * Each `add` writes `struct btf_type` (name_off, info, size or type) and the words that follow it.
 */
export class BtfBuilder {
  private readonly types: number[] = [];
  private readonly known = new Map<string, number>();
  private readonly newStrings: Uint8Array[] = [];
  private readonly oldTypes: Uint8Array;
  private readonly oldStrings: Uint8Array;
  private stringLen: number;
  private nextId: number;

  /** Continues `btf`, whose types and strings keep their ids and offsets; null starts afresh. */
  constructor(private readonly btf: Btf | null = null) {
    this.nextId = btf === null ? 1 : btf.nrTypes;
    const sections = btf === null ? null : sectionsOf(btf.raw);
    this.oldTypes = sections?.types ?? new Uint8Array(0);
    this.oldStrings = sections?.strings ?? new Uint8Array(1);
    this.stringLen = this.oldStrings.length;
    this.known.set('', 0);
  }

  /** Offset of a string, added when new. */
  string(text: string): number {
    const have = this.known.get(text);
    if (have !== undefined) return have;
    const bytes = new TextEncoder().encode(`${text}\0`);
    const offset = this.stringLen;
    this.newStrings.push(bytes);
    this.stringLen += bytes.length;
    this.known.set(text, offset);
    return offset;
  }

  private add(
    kind: BtfKind,
    name: string,
    vlen: number,
    sizeOrType: number,
    rest: readonly number[],
    flag = false,
  ): number {
    const info = ((flag ? 0x8000_0000 : 0) | (kindNumber(kind) << 24) | vlen) >>> 0;
    this.types.push(this.string(name), info, sizeOrType, ...rest);
    return this.nextId++;
  }

  /** `encoding`: `BTF_INT_SIGNED | BTF_INT_CHAR | BTF_INT_BOOL`. */
  int(name: string, size: number, encoding = 0): number {
    return this.add('int', name, 0, size, [(encoding << 24) | (size * 8)]);
  }

  /** A kind that only names another type. */
  ref(
    kind: 'ptr' | 'typedef' | 'volatile' | 'const' | 'restrict' | 'type_tag',
    type: number,
    name = '',
  ): number {
    return this.add(kind, name, 0, type, []);
  }

  array(type: number, indexType: number, nelems: number): number {
    return this.add('array', '', 0, 0, [type, indexType, nelems]);
  }

  /** Members with offsets in bits. */
  composite(
    kind: 'struct' | 'union',
    name: string,
    size: number,
    members: readonly { readonly name: string; readonly type: number; readonly bitOffset: number }[],
  ): number {
    const rest = members.flatMap((m) => [this.string(m.name), m.type, m.bitOffset]);
    return this.add(kind, name, members.length, size, rest);
  }

  funcProto(ret: number, params: readonly { readonly name: string; readonly type: number }[]): number {
    const rest = params.flatMap((p) => [this.string(p.name), p.type]);
    return this.add('func_proto', '', params.length, ret, rest);
  }

  func(name: string, proto: number, linkage: number): number {
    return this.add('func', name, linkage, proto, []);
  }

  variable(name: string, type: number, linkage: number): number {
    return this.add('var', name, 0, type, [linkage]);
  }

  datasec(
    name: string,
    size: number,
    vars: readonly { readonly type: number; readonly offset: number; readonly size: number }[],
  ): number {
    return this.add(
      'datasec',
      name,
      vars.length,
      size,
      vars.flatMap((v) => [v.type, v.offset, v.size]),
    );
  }

  toBytes(): Uint8Array {
    const typeLen = this.oldTypes.length + this.types.length * 4;
    const out = new Uint8Array(BTF_HEADER_SIZE + typeLen + this.stringLen);
    const view = new DataView(out.buffer);
    view.setUint16(0, BTF_MAGIC, true);
    view.setUint8(2, BTF_VERSION);
    [BTF_HEADER_SIZE, 0, typeLen, typeLen, this.stringLen].forEach((w, i) => {
      view.setUint32(4 + 4 * i, w, true);
    });
    out.set(this.oldTypes, BTF_HEADER_SIZE);
    this.types.forEach((w, i) => {
      view.setUint32(BTF_HEADER_SIZE + this.oldTypes.length + 4 * i, w >>> 0, true);
    });
    let at = BTF_HEADER_SIZE + typeLen;
    for (const part of [this.oldStrings, ...this.newStrings]) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  build(): Btf {
    return Btf.parse(this.toBytes(), this.btf?.base ?? null);
  }
}

function sectionsOf(raw: Uint8Array): { types: Uint8Array; strings: Uint8Array } {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const header = view.getUint32(4, true);
  const types = header + view.getUint32(8, true);
  const strings = header + view.getUint32(16, true);
  return {
    types: raw.subarray(types, types + view.getUint32(12, true)),
    strings: raw.subarray(strings, strings + view.getUint32(20, true)),
  };
}
