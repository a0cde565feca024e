import { Btf } from '../btf/btf.ts';
import { type BtfExt, parseBtfExt } from '../btf/ext.ts';
import {
  SHF_EXECINSTR,
  SHT_LLVM_ADDRSIG,
  SHT_NOBITS,
  SHT_PROGBITS,
  SHT_REL,
  SHT_RELA,
  SHT_STRTAB,
  STB_LOCAL,
  STT_FUNC,
  STV_HIDDEN,
  STV_INTERNAL,
} from '../elf/constants.ts';
import { type ElfFile, type ElfSection, type ElfSymbol, readElf } from '../elf/read.ts';
import { BpfInsns } from '../isa/program.ts';
import { InputError } from '../util/input-error.ts';
import { type DataKind, type ObjectModel, type Prog, refuse } from './model.ts';
import { findSectionDef } from './section-defs.ts';
import type { Diagnostic } from './spec.ts';

const INSN_SIZE = 8;
/** `BPF_OBJ_NAME_LEN` without the NUL. */
export const MAX_NAME = 15;
const MAX_LICENSE = 63;

/** Reads an object's sections and tells what each is for (bpf_object__elf_collect()). */
export function collect(bytes: Uint8Array, fileName: string): ObjectModel {
  const elf = readElf(bytes);
  const used = elf.sections.filter((s) => s.index > 0 && !ignored(s));
  const named = (name: string) => used.findLast((s) => s.name === name) ?? null;
  const code = used.filter(isCode);
  const textIdx = code.findLast((s) => s.name === '.text')?.index ?? 0;
  const diagnostics: Diagnostic[] = [];
  const { btf, btfExt } = readBtf(named('.BTF'), named('.BTF.ext'), diagnostics);
  return {
    name: objectName(fileName),
    elf,
    license: readLicense(named('license')),
    version: readVersion(named('version')),
    btf,
    btfExt,
    progs: code.flatMap((s) => progsOf(elf, s, textIdx)).sort(byPlace),
    textIdx,
    mapsIdx: named('.maps')?.index ?? -1,
    legacyMaps: legacyMaps(used, diagnostics),
    arenaIdx: used.find((s) => s.name === '.addr_space.1' && isData(s))?.index ?? -1,
    jumpTablesIdx: used.find((s) => s.name === '.jumptables')?.index ?? -1,
    data: new Map(used.flatMap((s) => dataKind(s))),
    structOpsSections: used.filter((s) => isData(s) && /^\??\.struct_ops(\.link)?$/.test(s.name)),
    relSections: used.filter((s) => isUsedRel(elf, s, diagnostics)),
    maps: [],
    externs: [],
    diagnostics,
  };
}

/** The file's name up to its first dot, at most 15 characters (bpf_object__new()). */
function objectName(fileName: string): string {
  const base = fileName.slice(fileName.lastIndexOf('/') + 1).slice(0, MAX_NAME);
  return base.split('.', 1)[0];
}

function ignored(s: ElfSection): boolean {
  if (s.type === SHT_STRTAB || s.type === SHT_LLVM_ADDRSIG) return true;
  if (s.name === '.text' && s.type === SHT_PROGBITS && s.size === 0) return true;
  const name = s.name.startsWith('.rel') ? s.name.slice(4) : s.name;
  if (name.startsWith('.debug_')) return true;
  return name !== s.name && (name === '.BTF' || name === '.BTF.ext');
}

const isCode = (s: ElfSection): boolean =>
  s.type === SHT_PROGBITS && s.size > 0 && (s.flags & SHF_EXECINSTR) !== 0;
const isData = (s: ElfSection): boolean =>
  s.type === SHT_PROGBITS && s.size > 0 && (s.flags & SHF_EXECINSTR) === 0;

function dataKind(s: ElfSection): [number, DataKind][] {
  const is = (base: string) => s.name === base || s.name.startsWith(`${base}.`);
  if (isData(s) && is('.data')) return [[s.index, 'data']];
  if (isData(s) && is('.rodata')) return [[s.index, 'rodata']];
  if (s.type === SHT_NOBITS && s.size > 0 && is('.bss')) return [[s.index, 'bss']];
  return [];
}

function isUsedRel(elf: ElfFile, s: ElfSection, diagnostics: Diagnostic[]): boolean {
  const target = elf.sections[s.info];
  if (s.type === SHT_RELA && target !== undefined && isCode(target)) {
    diagnostics.push({
      severity: 'warning',
      message: `elf: skipping section(${s.index}) ${s.name}: relocations with addends are not applied by libbpf`,
      section: s.name,
      offset: s.offset,
    });
  }
  if (s.type !== SHT_REL) return false;
  if (target === undefined) refuse(`elf: ${s.name} relocates section ${s.info}, which is not there`, s);
  return isCode(target) || /^\.rel(\??\.struct_ops(\.link)?|\.maps)$/.test(s.name);
}

function legacyMaps(used: readonly ElfSection[], diagnostics: Diagnostic[]): Set<number> {
  const found = used.filter((s) => s.name === 'maps' || s.name.startsWith('maps/'));
  for (const s of found) {
    diagnostics.push({
      severity: 'warning',
      message: `elf: legacy map definitions in '${s.name}' section are not supported by libbpf v1.0+`,
      section: s.name,
      offset: s.offset,
    });
  }
  return new Set(found.map((s) => s.index));
}

function readLicense(s: ElfSection | null): string {
  if (s === null) return '';
  const end = s.data.indexOf(0);
  const bytes = s.data.subarray(0, Math.min(end < 0 ? s.data.length : end, MAX_LICENSE));
  return new TextDecoder().decode(bytes);
}

function readVersion(s: ElfSection | null): number {
  if (s === null) return 0;
  if (s.data.length !== 4) refuse(`invalid kver section: ${s.data.length} bytes, 4 wanted`, s);
  return new DataView(s.data.buffer, s.data.byteOffset, 4).getUint32(0, true);
}

/** A broken .BTF.ext is dropped with a warning, as libbpf does; a broken .BTF too, until it is needed. */
function readBtf(
  btfSec: ElfSection | null,
  extSec: ElfSection | null,
  diagnostics: Diagnostic[],
): { btf: Btf | null; btfExt: BtfExt | null } {
  const btf = btfSec === null ? null : attempt(btfSec, diagnostics, (b) => Btf.parse(b.slice()));
  const btfExt = extSec === null || btf === null ? null : attempt(extSec, diagnostics, parseBtfExt);
  return { btf, btfExt };
}

function attempt<T>(s: ElfSection, diagnostics: Diagnostic[], parse: (bytes: Uint8Array) => T): T | null {
  try {
    return parse(s.data);
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    diagnostics.push({
      severity: 'warning',
      message: `Error loading ELF section ${s.name}: ${e.message}. Ignored and continue.`,
      section: s.name,
      offset: s.offset + (e.location.offset ?? 0),
    });
    return null;
  }
}

/** The functions of a code section (bpf_object__add_programs()). */
function progsOf(elf: ElfFile, section: ElfSection, textIdx: number): Prog[] {
  return elf.symbols
    .filter((sym) => sym.shndx === section.index && sym.type === STT_FUNC)
    .map((sym) => makeProg(section, sym, section.index === textIdx));
}

function makeProg(section: ElfSection, sym: ElfSymbol, isSubprog: boolean): Prog {
  const { name, value, size } = sym;
  if (value + size > section.size) {
    refuse(`sec '${section.name}': program at offset ${value} crosses section boundary`, section, value);
  }
  if (!isSubprog && sym.bind === STB_LOCAL) {
    refuse(`sec '${section.name}': program '${name}' is static and not supported`, section, value);
  }
  if (size === 0 || size % INSN_SIZE !== 0 || value % INSN_SIZE !== 0) {
    refuse(
      `sec '${section.name}': corrupted program '${name}', offset ${value}, size ${size}`,
      section,
      value,
    );
  }
  const optional = section.name.startsWith('?');
  const secName = optional ? section.name.slice(1) : section.name;
  const def = isSubprog ? null : findSectionDef(secName);
  const insns = BpfInsns.fromBytes(section.data.subarray(value, value + size));
  const global = sym.bind !== STB_LOCAL;
  return {
    name,
    section: secName,
    secIdx: section.index,
    secInsnOff: value / INSN_SIZE,
    code: Array.from({ length: insns.length }, (_, i) => insns.at(i)),
    autoload: !optional,
    global,
    hidden: global && (sym.visibility === STV_HIDDEN || sym.visibility === STV_INTERNAL),
    isSubprog,
    def,
    kindWords: secName,
    relocs: [],
    attachBtfId: 0,
    attachType: def?.attach ?? 0,
    error: null,
  };
}

function byPlace(a: Prog, b: Prog): number {
  return a.secIdx - b.secIdx || a.secInsnOff - b.secInsnOff;
}
