import { BTF_VAR_GLOBAL_ALLOCATED, BTF_VAR_STATIC } from '../btf/kinds.ts';
import type { BtfVarSecinfo } from '../btf/types.ts';
import { STT_OBJECT, STT_SECTION } from '../elf/constants.ts';
import type { ElfSection } from '../elf/read.ts';
import { MAX_NAME } from './collect.ts';
import { datasecs, kconfigSize } from './externs.ts';
import { emptyDef, parseMapDef } from './map-def.ts';
import { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG, MAP } from './map-types.ts';
import { type DataKind, type MapDef, type MapModel, type ObjectModel, refuse } from './model.ts';
import { structOpsMaps } from './struct-ops.ts';

/** Global data larger than this is refused: no kernel would hold it. */
const MAX_DATA = 64 << 20;

/** All maps in libbpf's order: BTF-defined, legacy, global data, .kconfig, struct_ops. */
export function initMaps(obj: ObjectModel): void {
  obj.maps.push(...btfMaps(obj), ...legacyMapsOf(obj));
  for (const [index, kind] of obj.data) obj.maps.push(dataMap(obj, obj.elf.sections[index], kind));
  const kconfig = kconfigSize(obj.externs);
  if (kconfig > 0)
    obj.maps.push(internalMap(obj, '.kconfig', 'kconfig', obj.elf.symtab, new Uint8Array(kconfig)));
  obj.maps.push(...obj.structOpsSections.flatMap((s) => structOpsMaps(obj, s)));
  placeArenaData(obj);
}

const base = {
  data: null,
  inner: null,
  valuesOffset: null,
  structOps: null,
  autocreate: true,
  initialValue: null,
} as const;

function btfMaps(obj: ObjectModel): MapModel[] {
  if (obj.mapsIdx < 0) return [];
  const section = obj.elf.sections[obj.mapsIdx];
  if (obj.btf === null) refuse('BTF is required, but is missing or corrupted.', section);
  const sec = datasecs(obj.btf).find((d) => d.name === '.maps');
  if (sec === undefined) refuse("DATASEC '.maps' not found.", section);
  return sec.vars.map((v, i) => btfMap(obj, section, v, i));
}

function btfMap(obj: ObjectModel, section: ElfSection, vi: BtfVarSecinfo, index: number): MapModel {
  const btf = obj.btf;
  if (btf === null) refuse('BTF is required, but is missing or corrupted.', section);
  const v = btf.typeById(vi.type);
  if (v.name === '') refuse(`map #${index}: empty name.`, section, vi.offset);
  if (vi.offset + vi.size > section.size) refuse(`map '${v.name}' BTF data is corrupted.`, section);
  if (v.kind !== 'var') refuse(`map '${v.name}': unexpected var kind ${v.kind}.`, section, vi.offset);
  if (v.linkage !== BTF_VAR_GLOBAL_ALLOCATED) {
    const word = v.linkage === BTF_VAR_STATIC ? 'static' : 'extern';
    refuse(`map '${v.name}': unsupported map linkage ${word}.`, section, vi.offset);
  }
  const t = btf.typeById(btf.skipModsAndTypedefs(v.type));
  if (t.kind !== 'struct') refuse(`map '${v.name}': unexpected def kind ${t.kind}.`, section, vi.offset);
  if (t.size > vi.size) refuse(`map '${v.name}': invalid def size.`, section, vi.offset);
  const { def, inner } = parseMapDef(btf, v.name, t);
  const last = t.members.at(-1);
  return {
    ...base,
    name: v.name,
    section: section.name,
    secIdx: section.index,
    secOffset: vi.offset,
    secSize: vi.size,
    def,
    inner,
    valuesOffset: last?.name === 'values' ? vi.offset + last.bitOffset / 8 : null,
    initialSlots: [],
  };
}

/** `struct bpf_map_def` in "maps": five words, more in some toolchains, one symbol for each map. */
function legacyMapsOf(obj: ObjectModel): MapModel[] {
  return [...obj.legacyMaps].flatMap((index) => {
    const section = obj.elf.sections[index];
    const symbols = obj.elf.symbols
      .filter((s) => s.shndx === index && s.type !== STT_SECTION && s.name !== '')
      .filter((s) => s.type === STT_OBJECT || s.size > 0 || s.bind !== 0)
      .sort((a, b) => a.value - b.value);
    return symbols.map((sym) => {
      if (sym.value + 20 > section.data.length) {
        refuse(
          `map '${sym.name}': definition runs past the end of section '${section.name}'`,
          section,
          sym.value,
        );
      }
      return { ...legacyMap(section, sym.value), name: sym.name };
    });
  });
}

function legacyMap(section: ElfSection, at: number): Omit<MapModel, 'name'> {
  const view = new DataView(section.data.buffer, section.data.byteOffset, section.data.length);
  const word = (i: number) => view.getUint32(at + 4 * i, true);
  const [type, keySize, valueSize, maxEntries, flags] = [0, 1, 2, 3, 4].map(word);
  const def: MapDef = { ...emptyDef(), type, keySize, valueSize, maxEntries, flags };
  return {
    ...base,
    section: section.name,
    secIdx: section.index,
    secOffset: at,
    secSize: 20,
    def,
    initialSlots: [],
  };
}

function dataMap(obj: ObjectModel, section: ElfSection, kind: DataKind): MapModel {
  if (section.size > MAX_DATA)
    refuse(`section '${section.name}' of ${section.size} bytes is too large`, section);
  const value = kind === 'bss' ? new Uint8Array(section.size) : section.data.slice();
  return internalMap(obj, section.name, kind, section.index, value);
}

/** bpf_object__init_internal_map(): an array of one element that is the whole section. */
function internalMap(
  obj: ObjectModel,
  realName: string,
  data: DataKind,
  secIdx: number,
  initialValue: Uint8Array,
): MapModel {
  const valueTypeId = obj.btf?.findByName(realName) ?? 0;
  const readOnly = data === 'rodata' || data === 'kconfig';
  const flags = (readOnly ? BPF_F_RDONLY_PROG : 0) | (isMmapable(obj, valueTypeId) ? BPF_F_MMAPABLE : 0);
  const def = { ...emptyDef(), type: MAP.ARRAY, keySize: 4, valueSize: initialValue.length, maxEntries: 1 };
  return {
    ...base,
    name: internalName(obj.name, realName),
    section: realName,
    secIdx,
    secOffset: 0,
    secSize: 0,
    data,
    def: { ...def, flags, valueTypeId },
    initialSlots: [],
    initialValue,
  };
}

/** Only sections with a variable that a skeleton shows are mapped to user space (map_is_mmapable()). */
function isMmapable(obj: ObjectModel, valueTypeId: number): boolean {
  const { btf } = obj;
  const sec = btf === null || valueTypeId === 0 ? null : btf.typeById(valueTypeId);
  if (btf === null || sec?.kind !== 'datasec') return false;
  return sec.vars.some((v) => {
    const t = btf.typeById(v.type);
    return t.kind === 'var' && t.linkage !== BTF_VAR_STATIC;
  });
}

/**
 * internal_map_name(): ".rodata" of object "counters_v2" is "counters.rodata"; at least 7 characters are
 * kept free for the section's part. A second dot in the section's name leaves the object's name out.
 */
export function internalName(objName: string, realName: string): string {
  const suffix = Math.min(Math.max(7, realName.length), MAX_NAME);
  const custom = realName.indexOf('.', 1) > 0;
  const prefix = custom ? 0 : Math.min(MAX_NAME - suffix, objName.length);
  return (objName.slice(0, prefix) + realName.slice(0, suffix)).replace(/[^A-Za-z0-9_.]/g, '_');
}

/** Variables in the arena stand in a section of their own and become the first bytes of the arena. */
function placeArenaData(obj: ObjectModel): void {
  const arenas = obj.maps.filter((m) => m.def.type === MAP.ARENA);
  if (arenas.length > 1) {
    refuse(
      `map '${arenas[1].name}': only single ARENA map is supported (map '${arenas[0].name}' is also ARENA)`,
    );
  }
  if (obj.arenaIdx < 0) return;
  const section = obj.elf.sections[obj.arenaIdx];
  if (arenas.length === 0) {
    refuse(
      `elf: sec '${section.name}': to use global __arena variables the ARENA map should be explicitly declared in SEC(".maps")`,
      section,
    );
  }
  if (section.size > arenas[0].def.maxEntries * 4096) {
    refuse(
      `elf: sec '${section.name}': declared ARENA map is too small to hold ${section.size} bytes`,
      section,
    );
  }
  arenas[0].initialValue = section.data.slice();
}
