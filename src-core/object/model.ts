import type { Btf } from '../btf/btf.ts';
import type { BtfExt } from '../btf/ext.ts';
import type { ElfFile, ElfSection } from '../elf/read.ts';
import type { RawInsn } from '../isa/program.ts';
import { InputError } from '../util/input-error.ts';
import type { SectionDef } from './section-defs.ts';
import type { Diagnostic } from './spec.ts';

/** Instructions while they are worked on: slots are replaced, never changed in place. */
export type Code = RawInsn[];

/** One function symbol: an entry program, or a subprogram when it stands in .text. */
export interface Prog {
  readonly name: string;
  /** Without a leading `?`. */
  readonly section: string;
  readonly secIdx: number;
  /** First slot in the section. */
  readonly secInsnOff: number;
  readonly code: Code;
  readonly autoload: boolean;
  /** Not STB_LOCAL. */
  readonly global: boolean;
  /** Global, but with hidden visibility: verified as if it were static. */
  readonly hidden: boolean;
  readonly isSubprog: boolean;
  /** What it is, by its section's name or the caller's choice. */
  def: SectionDef | null;
  /** The words that `def` was found by; a target may follow in them. */
  kindWords: string;
  /** Sorted by `insn` (a slot of this program). */
  readonly relocs: Reloc[];
  attachBtfId: number;
  attachType: number;
  /** The first thing that libbpf would refuse about it. */
  error: string | null;
}

export type Reloc =
  | { readonly kind: 'map'; readonly insn: number; readonly map: number }
  | { readonly kind: 'data'; readonly insn: number; readonly map: number; readonly symOff: number }
  | { readonly kind: 'externLd'; readonly insn: number; readonly extern: Extern }
  | { readonly kind: 'externCall'; readonly insn: number; readonly extern: Extern }
  | { readonly kind: 'call' | 'subprogAddr'; readonly insn: number; readonly symOff: number };

export type KcfgType = 'char' | 'bool' | 'int' | 'tristate' | 'string';

export interface Extern {
  readonly name: string;
  readonly symbol: number;
  readonly btfId: number;
  readonly weak: boolean;
  readonly place: KcfgPlace | KsymPlace;
  isSet: boolean;
  /** Why it could not be resolved, which fails the programs that use it. */
  error: string | null;
}

export interface KcfgPlace {
  readonly kind: 'kcfg';
  readonly type: KcfgType;
  readonly size: number;
  readonly align: number;
  readonly signed: boolean;
  /** In the .kconfig map. */
  offset: number;
}

export interface KsymPlace {
  readonly kind: 'ksym';
  readonly isFunc: boolean;
  /** Of its type in the object's BTF, modifiers skipped; 0 when it has none (`extern const void x`). */
  readonly typeId: number;
  /** In the kernel's BTF, once resolved. */
  kernelId: number;
}

export type DataKind = 'data' | 'rodata' | 'bss' | 'kconfig';

export interface MapModel {
  readonly name: string;
  readonly section: string;
  readonly secIdx: number;
  /** Byte offset in the section; of a BTF-defined or legacy map. */
  readonly secOffset: number;
  /** Size in the section, 0 for global data. */
  readonly secSize: number;
  /** Set for global data. */
  readonly data: DataKind | null;
  readonly def: MapDef;
  readonly inner: MapDef | null;
  /** Byte offset in its section of the first slot of `values`, or null. */
  readonly valuesOffset: number | null;
  readonly structOps: StructOps | null;
  readonly initialSlots: { index: number; target: string }[];
  readonly autocreate: boolean;
  initialValue: Uint8Array | null;
}

export interface MapDef {
  type: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags: number;
  numaNode: number;
  pinning: number;
  mapExtra: bigint;
  keyTypeId: number;
  valueTypeId: number;
}

export interface StructOps {
  readonly typeId: number;
  readonly typeName: string;
  /** Program for each member, by member index. */
  readonly progs: Map<number, Prog>;
  /** The variable's bytes in the object. */
  readonly image: Uint8Array;
  slots: { offset: number; program: string }[];
}

/** Everything known of an object while it is loaded. */
export interface ObjectModel {
  readonly name: string;
  readonly elf: ElfFile;
  readonly license: string;
  readonly version: number;
  /** Edited in steps, hence replaced. */
  btf: Btf | null;
  readonly btfExt: BtfExt | null;
  /** Sorted by section and place. */
  readonly progs: Prog[];
  readonly textIdx: number;
  readonly mapsIdx: number;
  /** Indexes of legacy map sections ("maps", "maps/..."). */
  readonly legacyMaps: ReadonlySet<number>;
  readonly arenaIdx: number;
  readonly jumpTablesIdx: number;
  readonly data: ReadonlyMap<number, DataKind>;
  readonly structOpsSections: readonly ElfSection[];
  readonly relSections: readonly ElfSection[];
  readonly maps: MapModel[];
  externs: Extern[];
  readonly diagnostics: Diagnostic[];
}

/** Throws the InputError of an object that libbpf refuses to open. */
export function refuse(message: string, section: ElfSection | null = null, offset = 0): never {
  const location = section === null ? {} : { section: section.name, offset: section.offset + offset };
  throw new InputError(message, location);
}

/** The program that holds a slot of a section (find_prog_by_sec_insn()). */
export function findProg(progs: readonly Prog[], secIdx: number, insn: number): Prog | null {
  let lo = 0;
  let hi = progs.length - 1;
  while (lo < hi) {
    const mid = lo + ((hi - lo + 1) >> 1);
    const p = progs[mid];
    if (p.secIdx < secIdx || (p.secIdx === secIdx && p.secInsnOff <= insn)) lo = mid;
    else hi = mid - 1;
  }
  const prog = progs[lo];
  const inside =
    prog?.secIdx === secIdx && insn >= prog.secInsnOff && insn < prog.secInsnOff + prog.code.length;
  return inside ? prog : null;
}
