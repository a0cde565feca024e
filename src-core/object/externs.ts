import type { Btf } from '../btf/btf.ts';
import { BtfBuilder } from '../btf/builder.ts';
import {
  BTF_FUNC_EXTERN,
  BTF_FUNC_GLOBAL,
  BTF_INT_BOOL,
  BTF_INT_SIGNED,
  BTF_VAR_GLOBAL_ALLOCATED,
  BTF_VAR_GLOBAL_EXTERN,
} from '../btf/kinds.ts';
import type { BtfDatasec, BtfFunc, BtfVar } from '../btf/types.ts';
import { SHN_UNDEF, STB_LOCAL, STB_WEAK, STT_NOTYPE } from '../elf/constants.ts';
import type { ElfSymbol } from '../elf/read.ts';
import { BtfEdit } from './btf-edit.ts';
import { type Extern, type KcfgPlace, type KcfgType, type ObjectModel, refuse } from './model.ts';

/** Undefined, global, without a type: that is how clang marks an extern. */
export function isExtern(sym: ElfSymbol): boolean {
  return sym.shndx === SHN_UNDEF && sym.bind !== STB_LOCAL && sym.type === STT_NOTYPE && sym.index > 0;
}

/**
 * Finds the externs of .kconfig and .ksyms and turns them into allocated variables in the BTF, as the
 * kernel wants them (bpf_object__collect_externs()).
 */
export function collectExterns(obj: ObjectModel): void {
  const symbols = obj.elf.symbols.filter((s) => isExtern(s) && s.name !== '');
  const withDummy = addDummyKsym(obj.btf);
  if (symbols.length > 0 && obj.btf === null) {
    refuse(`BTF is required, but is missing or corrupted: extern '${symbols[0].name}' has no type`);
  }
  if (withDummy === null) return;
  obj.btf = withDummy.btf;
  const sections = sectionsByVar(withDummy.btf);
  obj.externs = symbols.map((s) => makeExtern(withDummy.btf, sections, s)).sort(compareExterns);
  layOutKconfig(obj.externs);
  const edit = new BtfEdit(obj.btf);
  const hasKind = (kind: 'kcfg' | 'ksym') => obj.externs.some((e) => e.place.kind === kind);
  const byName = new Map(obj.externs.toReversed().map((e) => [e.name, e]));
  for (const sec of datasecs(obj.btf)) {
    if (sec.name === '.ksyms' && hasKind('ksym')) editKsyms(edit, sec, byName, withDummy.dummy);
    if (sec.name === '.kconfig' && hasKind('kcfg')) editKconfig(edit, sec, byName, kconfigSize(obj.externs));
  }
  obj.btf = edit.done();
}

export function datasecs(btf: Btf): BtfDatasec[] {
  const out: BtfDatasec[] = [];
  for (let id = 1; id < btf.nrTypes; id++) {
    const t = btf.kindOf(id) === 'datasec' ? btf.typeById(id) : null;
    if (t?.kind === 'datasec') out.push(t);
  }
  return out;
}

/** A variable to stand for the functions of .ksyms, which the kernel does not take in a DATASEC. */
function addDummyKsym(btf: Btf | null): { btf: Btf; dummy: number } | null {
  if (btf === null) return null;
  const sec = datasecs(btf).find((d) => d.name === '.ksyms');
  if (sec === undefined || !sec.vars.some((v) => btf.kindOf(v.type) === 'func')) return { btf, dummy: 0 };
  const builder = new BtfBuilder(btf);
  const dummy = builder.variable('dummy_ksym', findInt32(btf), BTF_VAR_GLOBAL_ALLOCATED);
  return { btf: builder.build(), dummy };
}

function findInt32(btf: Btf): number {
  for (let id = 1; id < btf.nrTypes; id++) {
    const t = btf.typeById(id);
    if (t.kind === 'int' && t.bits === 32) return id;
  }
  return 0;
}

/** The first DATASEC that names a variable or function. */
function sectionsByVar(btf: Btf): Map<number, BtfDatasec> {
  const out = new Map<number, BtfDatasec>();
  for (const sec of datasecs(btf)) {
    for (const v of sec.vars) if (!out.has(v.type)) out.set(v.type, sec);
  }
  return out;
}

function makeExtern(btf: Btf, sections: ReadonlyMap<number, BtfDatasec>, sym: ElfSymbol): Extern {
  const type = findExternType(btf, sym.name);
  const sec = sections.get(type.id);
  if (sec === undefined) refuse(`failed to find BTF for extern '${sym.name}' [${type.id}] section`);
  if (sec.name !== '.kconfig' && sec.name !== '.ksyms') refuse(`unrecognized extern section '${sec.name}'`);
  if (sec.name === '.kconfig' && type.kind === 'func') {
    refuse(`extern function ${sym.name} is unsupported under .kconfig section`);
  }
  const place =
    sec.name === '.kconfig'
      ? kcfgPlace(btf, sym.name, type.type)
      : {
          kind: 'ksym' as const,
          isFunc: type.kind === 'func',
          typeId: btf.skipModsAndTypedefs(type.type),
          kernelId: 0,
        };
  const weak = sym.bind === STB_WEAK;
  return { name: sym.name, symbol: sym.index, btfId: type.id, weak, place, isSet: false, error: null };
}

function findExternType(btf: Btf, name: string): BtfVar | BtfFunc {
  for (const id of btf.findAllByName(name)) {
    const t = btf.typeById(id);
    if (t.kind === 'var' && t.linkage === BTF_VAR_GLOBAL_EXTERN) return t;
    if (t.kind === 'func' && t.linkage === BTF_FUNC_EXTERN) return t;
    if (t.kind === 'var' || t.kind === 'func') break;
  }
  refuse(`failed to find BTF for extern '${name}'`);
}

function kcfgPlace(btf: Btf, name: string, typeId: number): KcfgPlace {
  const size = btf.resolveSize(typeId);
  const align = btf.alignOf(typeId);
  const kcfg = kcfgType(btf, typeId);
  if (size <= 0) refuse(`failed to resolve size of extern (kcfg) '${name}': ${size}`);
  if (align <= 0) refuse(`failed to determine alignment of extern (kcfg) '${name}': ${align}`);
  if (kcfg === null) refuse(`extern (kcfg) '${name}': type is unsupported`);
  return { kind: 'kcfg', type: kcfg.type, size, align, signed: kcfg.signed, offset: 0 };
}

/** find_kcfg_type(). */
function kcfgType(btf: Btf, id: number): { type: KcfgType; signed: boolean } | null {
  const t = btf.typeById(btf.skipModsAndTypedefs(id));
  const unsigned = (type: KcfgType) => ({ type, signed: false });
  switch (t.kind) {
    case 'int': {
      if ((t.encoding & BTF_INT_BOOL) !== 0) return t.size === 1 ? unsigned('bool') : null;
      const signed = (t.encoding & BTF_INT_SIGNED) !== 0;
      if (t.size === 1) return { type: 'char', signed };
      return [2, 4, 8].includes(t.size) ? { type: 'int', signed } : null;
    }
    case 'enum':
      return t.size === 4 && t.name === 'libbpf_tristate' ? unsigned('tristate') : null;
    case 'enum64':
      return t.name === 'libbpf_tristate' ? unsigned('tristate') : null;
    case 'array': {
      const elem = btf.typeById(btf.skipModsAndTypedefs(t.type));
      const isChar = elem.kind === 'int' && elem.size === 1 && (elem.encoding & BTF_INT_BOOL) === 0;
      return t.nelems > 0 && isChar ? unsigned('string') : null;
    }
    default:
      return null;
  }
}

/** cmp_externs(): .kconfig first, by falling alignment, rising size, name; then .ksyms by name. */
function compareExterns(a: Extern, b: Extern): number {
  if (a.place.kind !== b.place.kind) return a.place.kind === 'kcfg' ? -1 : 1;
  if (a.place.kind === 'kcfg' && b.place.kind === 'kcfg') {
    if (a.place.align !== b.place.align) return b.place.align - a.place.align;
    if (a.place.size !== b.place.size) return a.place.size - b.place.size;
  }
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function layOutKconfig(externs: readonly Extern[]): void {
  let off = 0;
  for (const { place } of externs) {
    if (place.kind !== 'kcfg') continue;
    place.offset = Math.ceil(off / place.align) * place.align;
    off = place.offset + place.size;
  }
}

/** Bytes of the .kconfig map, 0 when there is none. */
export function kconfigSize(externs: readonly Extern[]): number {
  const last = externs.findLast((e) => e.place.kind === 'kcfg')?.place;
  return last?.kind === 'kcfg' ? last.offset + last.size : 0;
}

type ExternsByName = ReadonlyMap<string, Extern>;

function findExtern(btf: Btf, id: number, externs: ExternsByName): Extern {
  const name = btf.nameOf(id);
  const found = externs.get(name);
  if (found === undefined) refuse(`failed to find extern definition for BTF ${btf.kindOf(id)} '${name}'`);
  return found;
}

/** Every extern of .ksyms becomes an int; functions are replaced by the dummy variable. */
function editKsyms(edit: BtfEdit, sec: BtfDatasec, externs: ExternsByName, dummy: number): void {
  const { btf } = edit;
  const int = findInt32(btf);
  const vars = sec.vars.map((v, i) => {
    findExtern(btf, v.type, externs);
    const t = btf.typeById(v.type);
    if (t.kind === 'func') {
      nameParams(edit, t.type, dummy);
      edit.setFuncLinkage(t.id, BTF_FUNC_GLOBAL);
      return { type: dummy, offset: 4 * i, size: 4 };
    }
    edit.setVarLinkage(v.type, BTF_VAR_GLOBAL_ALLOCATED);
    edit.setSizeOrType(v.type, int);
    return { type: v.type, offset: 4 * i, size: 4 };
  });
  edit.setVars(sec.id, vars);
  edit.setSizeOrType(sec.id, 4 * vars.length);
}

function nameParams(edit: BtfEdit, protoId: number, dummy: number): void {
  const proto = edit.btf.typeById(protoId);
  const { nameOff } = edit.btf.typeById(dummy);
  if (proto.kind !== 'func_proto') return;
  proto.params.forEach((p, i) => {
    if (p.type !== 0 && p.nameOff === 0) edit.setParamName(protoId, i, nameOff);
  });
}

function editKconfig(edit: BtfEdit, sec: BtfDatasec, externs: ExternsByName, size: number): void {
  const vars = sec.vars.map((v) => {
    const { place } = findExtern(edit.btf, v.type, externs);
    edit.setVarLinkage(v.type, BTF_VAR_GLOBAL_ALLOCATED);
    return { ...v, offset: place.kind === 'kcfg' ? place.offset : 0 };
  });
  edit.setVars(sec.id, vars);
  edit.setSizeOrType(sec.id, size);
}
