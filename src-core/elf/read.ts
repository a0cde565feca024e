import { ByteReader } from '../util/byte-reader.ts';
import { InputError } from '../util/input-error.ts';
import {
  EM_BPF,
  EM_NONE,
  ET_REL,
  SHN_LORESERVE,
  SHT_NOBITS,
  SHT_REL,
  SHT_RELA,
  SHT_SYMTAB,
} from './constants.ts';

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** `SHT_*`. */
  readonly type: number;
  /** `SHF_*`. */
  readonly flags: number;
  readonly offset: number;
  /** Bytes; of a NOBITS section too, whose `data` is empty. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  readonly entsize: number;
  readonly data: Uint8Array;
}

export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  readonly value: number;
  readonly size: number;
  /** `STT_*`. */
  readonly type: number;
  /** `STB_*`. */
  readonly bind: number;
  /** `STV_*`. */
  readonly visibility: number;
  readonly shndx: number;
}

export interface ElfReloc {
  /** Bytes from the start of the section that is relocated. */
  readonly offset: number;
  /** `R_BPF_*`. */
  readonly type: number;
  /** Index into the symbol table. */
  readonly symbol: number;
  /** Of a RELA section; null where the addend stands in the section itself. */
  readonly addend: number | null;
}

/** A relocatable BPF object. `sections[0]` is the null section, `symbols[0]` the null symbol. */
export interface ElfFile {
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
  /** Section index of the symbol table. */
  readonly symtab: number;
}

const EHDR_SIZE = 64;
const SHDR_SIZE = 64;
const SYM_SIZE = 24;

const HINT_OBJECT =
  'Give the object that the compiler wrote (clang -target bpf -c), not an executable or an archive.';

function reject(message: string, offset: number, hint: string | null = HINT_OBJECT): never {
  throw new InputError(message, { offset }, hint);
}

function checkIdent(r: ByteReader): void {
  if (r.length < 4 || r.u32(0) !== 0x464c457f) {
    reject(`not an ELF file: the first bytes are ${firstBytes(r.bytes)}, 7f 45 4c 46 wanted`, 0);
  }
  if (r.u8(4) === 1) reject('a 32-bit ELF file; BPF objects are 64-bit', 4, 'Compile with -target bpf.');
  if (r.u8(4) !== 2) reject(`unknown ELF class ${r.u8(4)}`, 4);
  if (r.u8(5) === 2) {
    reject('a big-endian ELF file; the reference kernel is little-endian', 5, 'Compile with -target bpfel.');
  }
  if (r.u8(5) !== 1) reject(`unknown ELF byte order ${r.u8(5)}`, 5);
}

function firstBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'missing (the file is empty)';
  return Array.from(bytes.subarray(0, 4), (b) => b.toString(16).padStart(2, '0')).join(' ');
}

const TYPES = ['none', 'relocatable', 'executable', 'shared object', 'core dump'];
const MACHINES: Readonly<Record<number, string>> = {
  3: 'i386',
  40: 'ARM',
  62: 'x86-64',
  183: 'AArch64',
  243: 'RISC-V',
};

function checkKind(r: ByteReader): void {
  const type = r.u16(16);
  const machine = r.u16(18);
  if (machine !== EM_BPF && machine !== EM_NONE) {
    const name = MACHINES[machine];
    reject(
      `an ELF file for machine ${machine}${name === undefined ? '' : ` (${name})`}, not BPF (${EM_BPF})`,
      18,
      'Compile with -target bpf.',
    );
  }
  if (type !== ET_REL) {
    reject(`an ELF file of type ${type} (${TYPES[type] ?? 'unknown'}); a relocatable one (1) is wanted`, 16);
  }
}

/** Reads section headers, names, symbols; throws InputError with the byte offset of what is wrong. */
export function readElf(bytes: Uint8Array): ElfFile {
  const r = new ByteReader(bytes, 'ELF file');
  checkIdent(r);
  if (bytes.length < EHDR_SIZE)
    reject(`ELF header is cut short: ${bytes.length} of ${EHDR_SIZE} bytes`, bytes.length);
  checkKind(r);
  const sections = readSections(r);
  const symtab = sections.findIndex((s) => s.type === SHT_SYMTAB);
  if (symtab < 0) reject('the ELF file has no symbol table', 0, 'Do not strip the object of its symbols.');
  return { sections, symbols: readSymbols(sections, symtab), symtab };
}

function readSections(r: ByteReader): ElfSection[] {
  const shoff = r.size64(40);
  const entsize = r.u16(58);
  const count = r.u16(60);
  if (shoff === 0 || count === 0) reject('the ELF file has no sections', 40);
  if (entsize !== SHDR_SIZE) reject(`ELF section headers of ${entsize} bytes, ${SHDR_SIZE} wanted`, 58);
  const names = r.u16(62);
  if (names >= count) reject(`ELF section name table ${names} is not among the ${count} sections`, 62);
  const headers = Array.from({ length: count }, (_, i) => readHeader(r, shoff + i * SHDR_SIZE, i));
  const strings = new ByteReader(headers[names].data, 'ELF section names', headers[names].offset);
  return headers.map((h, i) => ({ ...h, name: i === 0 ? '' : strings.cstr(r.u32(shoff + i * SHDR_SIZE)) }));
}

function readHeader(r: ByteReader, at: number, index: number): ElfSection {
  const type = r.u32(at + 4);
  const offset = r.size64(at + 24);
  const size = r.size64(at + 32);
  const noData = index === 0 || type === SHT_NOBITS;
  if (!noData && offset + size > r.length) {
    reject(
      `ELF section ${index} runs past the end: ${size} bytes at ${offset}, file of ${r.length}`,
      at + 24,
    );
  }
  return {
    index,
    name: '',
    type,
    flags: r.u32(at + 8),
    offset,
    size,
    link: r.u32(at + 40),
    info: r.u32(at + 44),
    align: r.size64(at + 48),
    entsize: r.size64(at + 56),
    data: noData ? new Uint8Array(0) : r.slice(offset, size),
  };
}

function readSymbols(sections: readonly ElfSection[], symtab: number): ElfSymbol[] {
  const table = sections[symtab];
  const strtab = sections[table.link];
  if (strtab === undefined)
    reject(`ELF symbol table names section ${table.link} for its strings`, table.offset);
  const r = new ByteReader(table.data, 'ELF symbol table', table.offset);
  const strings = new ByteReader(strtab.data, 'ELF symbol names', strtab.offset);
  if (table.size % SYM_SIZE !== 0)
    reject(`ELF symbol table of ${table.size} bytes is no multiple of 24`, table.offset);
  return Array.from({ length: table.size / SYM_SIZE }, (_, index) => {
    const at = index * SYM_SIZE;
    const info = r.u8(at + 4);
    const shndx = r.u16(at + 6);
    if (shndx >= sections.length && shndx < SHN_LORESERVE) {
      reject(`ELF symbol ${index} is in section ${shndx}, which is not there`, table.offset + at + 6);
    }
    const nameOff = r.u32(at);
    return {
      index,
      name: nameOff === 0 ? sectionName(sections, info & 0xf, shndx) : strings.cstr(nameOff),
      value: r.size64(at + 8),
      size: r.size64(at + 16),
      type: info & 0xf,
      bind: info >> 4,
      visibility: r.u8(at + 5) & 3,
      shndx,
    };
  });
}

/** A section symbol has no name of its own. */
function sectionName(sections: readonly ElfSection[], type: number, shndx: number): string {
  return type === 3 ? (sections[shndx]?.name ?? '') : '';
}

/** The entries of a REL or RELA section; throws InputError for a symbol or an offset out of range. */
export function readRelocs(elf: ElfFile, section: ElfSection): ElfReloc[] {
  const withAddend = section.type === SHT_RELA;
  if (!withAddend && section.type !== SHT_REL)
    reject(`section ${section.name} holds no relocations`, section.offset);
  const entsize = withAddend ? 24 : 16;
  if (section.size % entsize !== 0) {
    reject(`${section.name}: ${section.size} bytes are no multiple of ${entsize}`, section.offset);
  }
  const r = new ByteReader(section.data, section.name, section.offset);
  return Array.from({ length: section.size / entsize }, (_, i) => {
    const at = i * entsize;
    const symbol = r.u32(at + 12);
    if (symbol >= elf.symbols.length) {
      reject(
        `${section.name}: relocation ${i} names symbol ${symbol}, which is not there`,
        section.offset + at + 12,
      );
    }
    return {
      offset: r.size64(at),
      type: r.u32(at + 8),
      symbol,
      addend: withAddend ? r.s32(at + 16) : null,
    };
  });
}
