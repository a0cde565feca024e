import { BTF_FUNC_GLOBAL, BTF_FUNC_STATIC, BTF_VAR_GLOBAL_ALLOCATED, BTF_VAR_STATIC } from '../btf/kinds.ts';
import type { BtfDatasec, BtfVarSecinfo } from '../btf/types.ts';
import { STB_LOCAL, STT_OBJECT, STV_HIDDEN, STV_INTERNAL } from '../elf/constants.ts';
import type { ElfSymbol } from '../elf/read.ts';
import { BtfEdit } from './btf-edit.ts';
import { datasecs } from './externs.ts';
import { type ObjectModel, refuse } from './model.ts';

/** Clang leaves sizes and offsets of DATASECs open: they come from the ELF (bpf_object_fixup_btf()). */
export function completeDatasecs(obj: ObjectModel): void {
  if (obj.btf === null) return;
  const edit = new BtfEdit(obj.btf);
  const symbols = new Map<string, ElfSymbol>();
  for (const sym of obj.elf.symbols) {
    if (sym.type === STT_OBJECT && sym.bind !== STB_LOCAL && !symbols.has(sym.name))
      symbols.set(sym.name, sym);
  }
  for (const sec of datasecs(obj.btf)) {
    const fromLinker = sec.name === '.kconfig' || sec.name === '.ksyms';
    const vars = fromLinker ? sec.vars : completeVars(obj, edit, sec, symbols);
    edit.setVars(
      sec.id,
      vars.toSorted((a, b) => a.offset - b.offset),
    );
  }
  obj.btf = edit.done();
}

function completeVars(
  obj: ObjectModel,
  edit: BtfEdit,
  sec: BtfDatasec,
  symbols: ReadonlyMap<string, ElfSymbol>,
): BtfVarSecinfo[] {
  const open = sec.size === 0;
  if (open) {
    const size = obj.elf.sections.find((s) => s.index > 0 && s.name === sec.name)?.size ?? 0;
    if (size === 0) refuse(`sec '${sec.name}': failed to determine size from ELF: size ${size}`);
    edit.setSizeOrType(sec.id, size);
  }
  return sec.vars.map((v) => {
    const t = edit.btf.typeById(v.type);
    if (t.kind !== 'var') refuse(`sec '${sec.name}': unexpected non-VAR type found`);
    if (t.linkage !== BTF_VAR_GLOBAL_ALLOCATED) return v;
    const sym = symbols.get(t.name);
    if (sym === undefined) refuse(`sec '${sec.name}': failed to find ELF symbol for VAR '${t.name}'`);
    if (sym.visibility === STV_HIDDEN || sym.visibility === STV_INTERNAL)
      edit.setVarLinkage(t.id, BTF_VAR_STATIC);
    return open ? { ...v, offset: sym.value } : v;
  });
}

/** Hidden global subprograms are verified as static ones (bpf_object__sanitize_and_load_btf()). */
export function makeHiddenFuncsStatic(obj: ObjectModel): void {
  const hidden = obj.progs.filter((p) => p.hidden && p.isSubprog);
  if (obj.btf === null || hidden.length === 0) return;
  const { btf } = obj;
  const edit = new BtfEdit(btf);
  for (const prog of hidden) {
    const id = btf.findAllByName(prog.name).find((i) => {
      const t = btf.typeById(i);
      return t.kind === 'func' && t.linkage === BTF_FUNC_GLOBAL;
    });
    if (id !== undefined) edit.setFuncLinkage(id, BTF_FUNC_STATIC);
  }
  obj.btf = edit.done();
}
