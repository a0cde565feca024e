import { SHN_LORESERVE, STB_LOCAL, STT_FUNC, STT_SECTION } from '../elf/constants.ts';
import { type ElfReloc, type ElfSection, type ElfSymbol, readRelocs } from '../elf/read.ts';
import { BPF_CALL, BPF_JMP, BPF_PSEUDO_CALL, LD_IMM64 } from '../isa/opcodes.ts';
import type { RawInsn } from '../isa/program.ts';
import { isExtern } from './externs.ts';
import { isMapInMap, MAP } from './map-types.ts';
import {
  type Extern,
  findProg,
  type MapModel,
  type ObjectModel,
  type Prog,
  type Reloc,
  refuse,
} from './model.ts';
import { collectStructOpsRelocs } from './struct-ops.ts';

const isCall = (insn: RawInsn): boolean => insn.code === (BPF_JMP | BPF_CALL);

/** Sorts all relocations to the programs and maps they belong to (bpf_object__collect_relos()). */
export function collectRelocs(obj: ObjectModel): void {
  const lookup = makeLookup(obj);
  for (const rel of obj.relSections) {
    const target = obj.elf.sections[rel.info];
    if (obj.structOpsSections.includes(target)) collectStructOpsRelocs(obj, rel);
    else if (target.index === obj.mapsIdx) collectMapRelocs(obj, rel);
    else if (target.index !== 0) collectProgRelocs(obj, lookup, rel, target);
  }
  for (const prog of obj.progs) prog.relocs.sort((a, b) => a.insn - b.insn);
}

/** What relocations look up, by symbol index and by place. */
interface Lookup {
  readonly externs: ReadonlyMap<number, Extern>;
  /** Index of the map at "section:offset"; of global data at "section". */
  readonly maps: ReadonlyMap<string, number>;
}

const placeOf = (m: MapModel): string => (m.data === null ? `${m.secIdx}:${m.secOffset}` : `${m.secIdx}`);

function makeLookup(obj: ObjectModel): Lookup {
  const maps = new Map<string, number>();
  obj.maps.forEach((m, i) => {
    if (!maps.has(placeOf(m))) maps.set(placeOf(m), i);
  });
  return { externs: new Map(obj.externs.map((e) => [e.symbol, e])), maps };
}

function collectProgRelocs(obj: ObjectModel, lookup: Lookup, rel: ElfSection, section: ElfSection): void {
  for (const r of readRelocs(obj.elf, rel)) {
    if (r.offset % 8 !== 0 || r.offset >= section.size) {
      refuse(
        `sec '${rel.name}': invalid offset 0x${r.offset.toString(16)} for a relocation`,
        section,
        r.offset,
      );
    }
    const insn = r.offset / 8;
    const prog = findProg(obj.progs, section.index, insn);
    // A weak function that the linker has dropped leaves its relocations behind.
    if (prog === null) continue;
    prog.relocs.push(classify(obj, lookup, prog, insn - prog.secInsnOff, obj.elf.symbols[r.symbol], r));
  }
}

/** bpf_program__record_reloc(). */
function classify(
  obj: ObjectModel,
  lookup: Lookup,
  prog: Prog,
  insn: number,
  sym: ElfSymbol,
  rel: ElfReloc,
): Reloc {
  const section = obj.elf.sections[prog.secIdx];
  const fail = (what: string): never => refuse(`prog '${prog.name}': ${what}`, section, rel.offset);
  const raw = prog.code[insn];
  if (!isCall(raw) && raw.code !== LD_IMM64) {
    return fail(`invalid relo against '${sym.name}' for insns[${insn}].code 0x${raw.code.toString(16)}`);
  }
  if (raw.code === LD_IMM64 && insn + 1 >= prog.code.length) {
    return fail(`relo against '${sym.name}' in the first half of a 64-bit load at the program's end`);
  }
  if (isExtern(sym)) {
    const extern = lookup.externs.get(sym.index);
    if (extern === undefined)
      return fail(`extern relo failed to find extern for '${sym.name}' (${sym.index})`);
    return { kind: isCall(raw) ? 'externCall' : 'externLd', insn, extern };
  }
  if (isCall(raw)) {
    if (raw.src !== BPF_PSEUDO_CALL) return fail('incorrect bpf_call opcode');
    if (sym.shndx === 0 || sym.shndx !== obj.textIdx) {
      const where = obj.elf.sections[sym.shndx]?.name ?? '';
      return fail(`bad call relo against '${sym.name}' in section '${where}'`);
    }
    if (sym.value % 8 !== 0) return fail(`bad call relo against '${sym.name}' at offset ${sym.value}`);
    return { kind: 'call', insn, symOff: sym.value };
  }
  if (sym.shndx === 0 || sym.shndx >= SHN_LORESERVE) {
    const where = `0x${sym.shndx.toString(16)}`;
    return fail(
      `invalid relo against '${sym.name}' in special section ${where}; forgot to initialize global var?..`,
    );
  }
  if (isSubprogSymbol(sym, obj.textIdx)) {
    if (sym.value % 8 !== 0 || raw.imm % 8 !== 0) {
      return fail(`bad subprog addr relo against '${sym.name}' at offset ${sym.value}+${raw.imm}`);
    }
    return { kind: 'subprogAddr', insn, symOff: sym.value };
  }
  return classifyData(obj, lookup, insn, sym, fail);
}

function isSubprogSymbol(sym: ElfSymbol, textIdx: number): boolean {
  if (sym.shndx !== textIdx) return false;
  return sym.bind === STB_LOCAL ? sym.type === STT_SECTION : sym.type === STT_FUNC;
}

function classifyData(
  obj: ObjectModel,
  lookup: Lookup,
  insn: number,
  sym: ElfSymbol,
  fail: (what: string) => never,
): Reloc {
  const section = obj.elf.sections[sym.shndx];
  if (section.index === obj.arenaIdx) {
    return {
      kind: 'data',
      insn,
      map: obj.maps.findIndex((m) => m.def.type === MAP.ARENA),
      symOff: sym.value,
    };
  }
  if (section.index === obj.jumpTablesIdx) fail('jump tables need a map type that Linux 6.18 does not have');
  if (obj.data.has(section.index)) {
    const map = lookup.maps.get(`${section.index}`);
    if (map === undefined) return fail(`data relo failed to find map for section '${section.name}'`);
    return { kind: 'data', insn, map, symOff: sym.value };
  }
  if (section.index !== obj.mapsIdx && !obj.legacyMaps.has(section.index)) {
    fail(`bad map relo against '${sym.name}' in section '${section.name}'`);
  }
  const map = lookup.maps.get(`${section.index}:${sym.value}`);
  if (map === undefined)
    return fail(`map relo failed to find map for section '${section.name}', off ${sym.value}`);
  return { kind: 'map', insn, map };
}

/** Initial values of map-in-map and prog arrays (bpf_object__collect_map_relos()). */
function collectMapRelocs(obj: ObjectModel, rel: ElfSection): void {
  for (const [i, r] of readRelocs(obj.elf, rel).entries()) addSlot(obj, r, i);
  for (const map of obj.maps) map.initialSlots.sort((a, b) => a.index - b.index);
}

function addSlot(obj: ObjectModel, r: ElfReloc, i: number): void {
  const section = obj.elf.sections[obj.mapsIdx];
  const sym = obj.elf.symbols[r.symbol];
  const fail = (what: string): never => refuse(`.maps relo #${i}: ${what}`, section, r.offset);
  const map = obj.maps.find(
    (m) => m.secIdx === obj.mapsIdx && m.secOffset <= r.offset && r.offset + 8 <= m.secOffset + m.secSize,
  );
  if (map === undefined) return fail(`cannot find map '${sym.name}' at rel->r_offset ${r.offset}`);
  checkSlotTarget(obj, map, sym, fail);
  const start = map.valuesOffset;
  if (start === null || r.offset < start || (r.offset - start) % 8 !== 0) {
    return fail(`'${map.name}' has no slot at rel->r_offset ${r.offset}`);
  }
  const index = (r.offset - start) / 8;
  const before = map.initialSlots.findIndex((s) => s.index === index);
  if (before >= 0) map.initialSlots.splice(before, 1);
  map.initialSlots.push({ index, target: sym.name });
}

function checkSlotTarget(
  obj: ObjectModel,
  map: MapModel,
  sym: ElfSymbol,
  fail: (what: string) => never,
): void {
  if (isMapInMap(map.def.type)) {
    if (sym.shndx !== obj.mapsIdx) fail(`'${sym.name}' isn't a BTF-defined map`);
    if (map.def.type === MAP.HASH_OF_MAPS && map.def.keySize !== 4) {
      fail(`hash-of-maps '${map.name}' should have key size 4.`);
    }
    if (!obj.maps.some((m) => m.name === sym.name)) fail(`'${sym.name}' isn't a valid map reference`);
    return;
  }
  if (map.def.type !== MAP.PROG_ARRAY) fail(`'${map.name}' is no map-in-map and no prog array`);
  const prog = obj.progs.find((p) => !p.isSubprog && p.name === sym.name);
  if (prog === undefined) return fail(`'${sym.name}' isn't a valid program reference`);
  if (prog.secIdx !== sym.shndx || prog.secInsnOff * 8 !== sym.value) {
    fail(`'${sym.name}' isn't an entry-point program`);
  }
}
