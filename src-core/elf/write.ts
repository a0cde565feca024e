import {
  EM_BPF,
  ET_REL,
  SHF_ALLOC,
  SHT_NOBITS,
  SHT_PROGBITS,
  SHT_REL,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_LOCAL,
} from './constants.ts';
import type { ElfReloc } from './read.ts';

const EHDR_SIZE = 64;
const SHDR_SIZE = 64;
const SYM_SIZE = 24;
const REL_SIZE = 16;

export interface SectionOut {
  readonly name: string;
  readonly type?: number;
  readonly flags?: number;
  readonly data: Uint8Array;
  /** Of a NOBITS section, whose `data` is empty. */
  readonly size?: number;
  readonly align?: number;
}

export interface SymbolOut {
  readonly name: string;
  readonly value: number;
  readonly size: number;
  readonly type: number;
  readonly bind: number;
  readonly visibility?: number;
  /** Handle that `section()` returned, or null for an undefined symbol. */
  readonly section: number | null;
}

interface Header {
  name: number;
  type: number;
  flags: number;
  data: Uint8Array;
  size: number;
  link: number;
  info: number;
  align: number;
  entsize: number;
}

/** Writes a relocatable 64-bit little-endian BPF object: the sections in the order of the calls, then tables. */
export class ElfWriter {
  private readonly sections: SectionOut[] = [];
  private readonly symbols: SymbolOut[] = [];
  private readonly relocs = new Map<number, ElfReloc[]>();

  /** Adds a section and returns its index in the file. */
  section(section: SectionOut): number {
    this.sections.push(section);
    return this.sections.length;
  }

  /** Adds a symbol and returns a handle for `relocate`. */
  symbol(symbol: SymbolOut): number {
    this.symbols.push(symbol);
    return this.symbols.length - 1;
  }

  /** Adds a REL entry to a section; `symbol` is a handle of `symbol()`. */
  relocate(section: number, offset: number, type: number, symbol: number): void {
    const list = this.relocs.get(section) ?? [];
    list.push({ offset, type, symbol, addend: null });
    this.relocs.set(section, list);
  }

  toBytes(): Uint8Array {
    const names = new StringTable();
    const strings = new StringTable();
    const { bytes: symtab, place, firstGlobal } = this.symbolTable(strings);
    const headers: Header[] = [emptyHeader()];
    for (const s of this.sections) headers.push(contentHeader(s, names));
    const symtabIndex = headers.length + this.relocs.size;
    for (const [target, list] of this.relocs) {
      const data = relTable(list, place);
      const name = names.add(`.rel${this.sections[target - 1].name}`);
      headers.push({
        ...tableHeader(name, SHT_REL, data),
        link: symtabIndex,
        info: target,
        entsize: REL_SIZE,
      });
    }
    const symName = names.add('.symtab');
    headers.push({
      ...tableHeader(symName, SHT_SYMTAB, symtab),
      link: symtabIndex + 1,
      info: firstGlobal,
      entsize: SYM_SIZE,
    });
    headers.push({ ...tableHeader(names.add('.strtab'), SHT_STRTAB, strings.bytes()), align: 1 });
    const shstrName = names.add('.shstrtab');
    headers.push({ ...tableHeader(shstrName, SHT_STRTAB, names.bytes()), align: 1 });
    return layOut(headers);
  }

  /** Local symbols stand before the others, as ELF demands; `place` maps handles to table indexes. */
  private symbolTable(strings: StringTable): { bytes: Uint8Array; place: number[]; firstGlobal: number } {
    const handles = this.symbols.map((_, i) => i);
    const local = handles.filter((h) => this.symbols[h].bind === STB_LOCAL);
    const order = [...local, ...handles.filter((h) => this.symbols[h].bind !== STB_LOCAL)];
    const bytes = new Uint8Array((order.length + 1) * SYM_SIZE);
    const view = new DataView(bytes.buffer);
    const place: number[] = [];
    order.forEach((handle, i) => {
      const s = this.symbols[handle];
      const at = (i + 1) * SYM_SIZE;
      place[handle] = i + 1;
      view.setUint32(at, strings.add(s.name), true);
      view.setUint8(at + 4, (s.bind << 4) | s.type);
      view.setUint8(at + 5, s.visibility ?? 0);
      view.setUint16(at + 6, s.section ?? 0, true);
      view.setUint32(at + 8, s.value, true);
      view.setUint32(at + 16, s.size, true);
    });
    return { bytes, place, firstGlobal: local.length + 1 };
  }
}

class StringTable {
  private readonly known = new Map<string, number>([['', 0]]);
  private readonly parts: Uint8Array[] = [new Uint8Array(1)];
  private length = 1;

  add(text: string): number {
    const have = this.known.get(text);
    if (have !== undefined) return have;
    const bytes = new TextEncoder().encode(`${text}\0`);
    const at = this.length;
    this.parts.push(bytes);
    this.known.set(text, at);
    this.length += bytes.length;
    return at;
  }

  bytes(): Uint8Array {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const p of this.parts) {
      out.set(p, at);
      at += p.length;
    }
    return out;
  }
}

function emptyHeader(): Header {
  const data = new Uint8Array(0);
  return { name: 0, type: 0, flags: 0, data, size: 0, link: 0, info: 0, align: 0, entsize: 0 };
}

function contentHeader(s: SectionOut, names: StringTable): Header {
  return {
    ...emptyHeader(),
    name: names.add(s.name),
    type: s.type ?? SHT_PROGBITS,
    flags: s.flags ?? SHF_ALLOC,
    data: s.data,
    size: s.size ?? s.data.length,
    align: s.align ?? 1,
  };
}

function tableHeader(name: number, type: number, data: Uint8Array): Header {
  return { ...emptyHeader(), name, type, data, size: data.length, align: 8 };
}

function relTable(list: readonly ElfReloc[], place: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(list.length * REL_SIZE);
  const view = new DataView(bytes.buffer);
  list.forEach((rel, i) => {
    view.setUint32(i * REL_SIZE, rel.offset, true);
    view.setUint32(i * REL_SIZE + 8, rel.type, true);
    view.setUint32(i * REL_SIZE + 12, place[rel.symbol], true);
  });
  return bytes;
}

const alignUp = (at: number, align: number): number =>
  Math.ceil(at / Math.max(1, align)) * Math.max(1, align);

/** ELF header | section contents, each aligned | section headers. */
function layOut(headers: readonly Header[]): Uint8Array {
  let at = EHDR_SIZE;
  const offsets = headers.map((h) => {
    at = alignUp(at, h.align);
    const start = at;
    if (h.type !== SHT_NOBITS) at += h.data.length;
    return start;
  });
  const shoff = alignUp(at, 8);
  const bytes = new Uint8Array(shoff + headers.length * SHDR_SIZE);
  const view = new DataView(bytes.buffer);
  writeFileHeader(view, shoff, headers.length);
  headers.forEach((h, i) => {
    bytes.set(h.data, offsets[i]);
    if (i > 0) writeSectionHeader(view, shoff + i * SHDR_SIZE, h, offsets[i]);
  });
  return bytes;
}

function writeFileHeader(view: DataView, shoff: number, count: number): void {
  [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].forEach((b, i) => {
    view.setUint8(i, b);
  });
  view.setUint16(16, ET_REL, true);
  view.setUint16(18, EM_BPF, true);
  view.setUint32(20, 1, true);
  view.setUint32(40, shoff, true);
  view.setUint16(52, EHDR_SIZE, true);
  view.setUint16(58, SHDR_SIZE, true);
  view.setUint16(60, count, true);
  view.setUint16(62, count - 1, true);
}

function writeSectionHeader(view: DataView, at: number, h: Header, offset: number): void {
  view.setUint32(at, h.name, true);
  view.setUint32(at + 4, h.type, true);
  view.setUint32(at + 8, h.flags, true);
  view.setUint32(at + 24, offset, true);
  view.setUint32(at + 32, h.size, true);
  view.setUint32(at + 40, h.link, true);
  view.setUint32(at + 44, h.info, true);
  view.setUint32(at + 48, h.align, true);
  view.setUint32(at + 56, h.entsize, true);
}
