import { AsmFault, type Place } from './diagnostics.ts';
import type { ParsedInsn } from './insn.ts';
import {
  type Attributes,
  type CodeSection,
  type DataSection,
  isCode,
  type MapDecl,
  NO_ATTRIBUTES,
  type Source,
} from './source.ts';

/** The section that instructions go to when the text names none. */
const DEFAULT_SECTION = 'xdp';
/** No kernel takes a longer program. */
const MAX_SLOTS = 1_000_000;

const DATA = /^\.(data|rodata|bss)(\.|$)/;
const RESERVED = /^(\.maps|\.symtab|\.strtab|\.shstrtab|license|version|maps)$/;
/** What compilers add for debuggers; the object has its own BTF. */
const IGNORED = /^\.(BTF|debug_|eh_frame|note|comment|llvm_)/;

/** Collects what statements say. */
export class SourceBuilder {
  readonly source: Source = {
    code: [],
    data: [],
    labels: new Map(),
    maps: new Map(),
    attributes: new Map(),
    license: null,
  };
  private current: CodeSection | DataSection | null = null;
  /** In a section whose contents are left out. */
  ignoring = false;
  /** A reserved section (license, .maps): what stands in it is for another assembler. */
  private reserved: string | null = null;

  open(name: string): void {
    this.ignoring = IGNORED.test(name);
    this.reserved = RESERVED.test(name) ? name : null;
    if (this.reserved !== null || this.ignoring) return;
    const { code, data } = this.source;
    const known = [...code, ...data].find((s) => s.name === name);
    if (known !== undefined) this.current = known;
    else if (DATA.test(name)) this.current = pushed(data, { name, bytes: [] });
    else this.current = pushed(code, { name, insns: [], slots: 0 });
  }

  /** Does something in another section, then comes back. */
  within(name: string, run: () => void): void {
    const { current, reserved, ignoring } = this;
    this.open(name);
    run();
    this.current = current;
    this.reserved = reserved;
    this.ignoring = ignoring;
  }

  private section(): CodeSection | DataSection {
    if (this.current === null) this.open(DEFAULT_SECTION);
    return this.current ?? pushed(this.source.code, { name: DEFAULT_SECTION, insns: [], slots: 0 });
  }

  label(name: string, place: Place): void {
    if (this.reserved !== null || this.ignoring) return;
    const before = this.source.labels.get(name) ?? this.source.maps.get(name);
    if (before !== undefined) {
      throw new AsmFault(`'${name}' is already defined in line ${before.place.line}`, place, 'a new name');
    }
    const section = this.section();
    const at = isCode(section) ? section.slots : section.bytes.length;
    this.source.labels.set(name, { name, place, section, at });
  }

  insn(parsed: ParsedInsn, place: Place): void {
    const section = this.section();
    if (this.reserved !== null || !isCode(section)) {
      const where = this.reserved ?? section.name;
      throw new AsmFault(`an instruction in section "${where}", which holds data`, place, '.section "xdp"');
    }
    if (section.slots >= MAX_SLOTS) throw new AsmFault(`more than ${MAX_SLOTS} instructions`, place);
    section.insns.push({ slots: parsed.slots, ref: parsed.ref, line: place.line, slot: section.slots });
    section.slots += parsed.slots.length;
  }

  bytes(values: readonly number[], place: Place): void {
    if (this.reserved === 'license') {
      this.source.license =
        (this.source.license ?? '') + String.fromCharCode(...values.filter((b) => b !== 0));
      return;
    }
    if (this.reserved !== null)
      throw new AsmFault(`data in section "${this.reserved}"`, place, 'the directive .map');
    const section = this.section();
    if (isCode(section))
      throw new AsmFault(`data in section "${section.name}", which holds code`, place, '.data');
    for (const v of values) section.bytes.push(v);
  }

  align(to: number, place: Place): void {
    const section = this.reserved === null ? this.section() : null;
    // Instructions are aligned by themselves.
    if (section === null || isCode(section)) return;
    const missing = (to - (section.bytes.length % to)) % to;
    this.bytes(new Array<number>(missing).fill(0), place);
  }

  setLicense(text: string): void {
    this.source.license = text;
  }

  attributes(name: string): Attributes {
    const known = this.source.attributes.get(name);
    if (known !== undefined) return known;
    const fresh = { ...NO_ATTRIBUTES };
    this.source.attributes.set(name, fresh);
    return fresh;
  }

  map(name: string, place: Place): MapDecl {
    const before = this.source.labels.get(name) ?? this.source.maps.get(name);
    if (before !== undefined) {
      throw new AsmFault(`'${name}' is already defined in line ${before.place.line}`, place, 'a new name');
    }
    const map: MapDecl = {
      name,
      place,
      type: 0,
      key: null,
      value: null,
      maxEntries: 0,
      flags: 0,
      numaNode: 0,
      mapExtra: 0,
      pinning: 0,
      inner: null,
    };
    this.source.maps.set(name, map);
    return map;
  }
}

function pushed<T>(list: T[], item: T): T {
  list.push(item);
  return item;
}
