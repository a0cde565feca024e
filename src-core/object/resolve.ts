import type { Btf } from '../btf/btf.ts';
import { coreRelosOf } from '../btf/ext.ts';
import type { BtfKind } from '../btf/kinds.ts';
import { BPF_PROG_TYPE } from '../uapi/prog-types.ts';
import { typesAreCompat } from './core/compat.ts';
import { CoreError, essentialName } from './core/kinds.ts';
import { CoreRelocator } from './core/relocate.ts';
import { type Extern, findProg, type KsymPlace, type ObjectModel, type Prog, refuse } from './model.ts';
import { SEC_ATTACH_BTF, targetOf } from './section-defs.ts';

/** Looks typed externs up in the kernel's BTF; what fails is left in the extern. */
export function resolveKsyms(obj: ObjectModel, vmlinux: Btf | null): void {
  for (const ext of obj.externs) {
    if (ext.place.kind !== 'ksym' || ext.place.typeId === 0) continue;
    if (vmlinux === null) ext.error = `extern (ksym) '${ext.name}': needs the BTF of the kernel`;
    else if (obj.btf !== null) resolveKsym(ext, ext.place, obj.btf, vmlinux);
  }
}

function resolveKsym(ext: Extern, place: KsymPlace, btf: Btf, vmlinux: Btf): void {
  const kind = place.isFunc ? 'func' : 'var';
  const id = vmlinux.findByName(place.isFunc ? essentialName(ext.name) : ext.name, kind);
  const target = id === null ? null : vmlinux.typeById(id);
  if (target?.kind !== 'func' && target?.kind !== 'var') {
    const where = place.isFunc ? 'kernel or module BTFs' : 'kernel BTF';
    if (!ext.weak) ext.error = `extern (${kind} ksym) '${ext.name}': not found in ${where}`;
    return;
  }
  if (
    !compatible(
      btf,
      place.typeId,
      vmlinux,
      place.isFunc ? target.type : vmlinux.skipModsAndTypedefs(target.type),
    )
  ) {
    // A weak function of another shape counts as absent; a variable does not.
    if (!(ext.weak && place.isFunc)) {
      ext.error = `extern (${kind} ksym) '${ext.name}': incompatible types, kernel has [${target.id}] ${target.kind}`;
    }
    return;
  }
  place.kernelId = target.id;
  ext.isSet = true;
}

function compatible(l: Btf, lId: number, t: Btf, tId: number): boolean {
  try {
    return typesAreCompat(l, lId, t, tId);
  } catch (e) {
    if (e instanceof CoreError) return false;
    throw e;
  }
}

/** Applies the CO-RE relocations; a refusal is left in the program that holds the instruction. */
export function relocateCore(obj: ObjectModel, vmlinux: Btf | null): void {
  const { btf, btfExt } = obj;
  if (btf === null || btfExt === null) return;
  const relocator = new CoreRelocator(btf, vmlinux);
  for (const records of btfExt.coreRelos) {
    const section = sectionIndex(obj, records.sectionNameOff);
    coreRelosOf(records).forEach((relo, i) => {
      if (relo.insnOff % 8 !== 0) refuse(`CO-RE relocation #${i} at offset ${relo.insnOff} is not aligned`);
      const insn = relo.insnOff / 8;
      const prog = findProg(obj.progs, section, insn);
      if (prog === null) return;
      try {
        if (!btf.has(relo.typeId)) throw new CoreError(`no type [${relo.typeId}]`);
        relocator.apply(prog.code, insn - prog.secInsnOff, relo);
      } catch (e) {
        if (!(e instanceof CoreError)) throw e;
        prog.error ??= `relo #${i}: ${e.message}`;
      }
    });
  }
}

/** The section that .BTF.ext names, or -1. */
export function sectionIndex(obj: ObjectModel, nameOff: number): number {
  if (obj.btf === null || !obj.btf.hasString(nameOff)) return -1;
  const name = obj.btf.stringAt(nameOff);
  return name === '' ? -1 : (obj.elf.sections.find((s) => s.index > 0 && s.name === name)?.index ?? -1);
}

/** Prefix and kind of the BTF type that an attach type looks for (btf_get_kernel_prefix_kind()). */
const ATTACH_PREFIX: Readonly<Record<number, readonly [string, BtfKind]>> = {
  23 /* BPF_TRACE_RAW_TP */: ['btf_trace_', 'typedef'],
  27 /* BPF_LSM_MAC */: ['bpf_lsm_', 'func'],
  43 /* BPF_LSM_CGROUP */: ['bpf_lsm_', 'func'],
  28 /* BPF_TRACE_ITER */: ['bpf_iter_', 'func'],
};

/** Finds the BTF id that a BTF-typed program attaches to (libbpf_find_attach_btf_id()). */
export function resolveAttachTarget(prog: Prog, vmlinux: Btf | null): void {
  const { def } = prog;
  if (def === null || (def.flags & SEC_ATTACH_BTF) === 0) return;
  const target = targetOf(def, prog.kindWords);
  const fail = (message: string) => {
    prog.error ??= message;
  };
  if (target === null)
    return fail('no BTF-based attach target is specified, use bpf_program__set_attach_target()');
  if (def.type === BPF_PROG_TYPE.ext) return fail('attach program FD is not set');
  if (vmlinux === null) return fail('the attach target needs the BTF of the kernel');
  const [prefix, kind] = ATTACH_PREFIX[def.attach] ?? ['', 'func'];
  const name = target.startsWith('vmlinux:') ? target.slice('vmlinux:'.length) : target;
  const id = vmlinux.findByName(prefix + name, kind);
  if (id === null) return fail(`failed to find kernel BTF type ID of '${target}': -3`);
  prog.attachBtfId = id;
}
