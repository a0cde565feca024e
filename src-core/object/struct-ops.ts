import type { Btf } from '../btf/btf.ts';
import type { BtfComposite, BtfMember } from '../btf/types.ts';
import { SHN_LORESERVE } from '../elf/constants.ts';
import { type ElfSection, readRelocs } from '../elf/read.ts';
import { BPF_PROG_TYPE } from '../uapi/prog-types.ts';
import { essentialName } from './core/kinds.ts';
import { datasecs } from './externs.ts';
import { emptyDef } from './map-def.ts';
import { BPF_F_LINK, MAP } from './map-types.ts';
import { findProg, type MapModel, type ObjectModel, type Prog, refuse, type StructOps } from './model.ts';

/** The variables of a struct_ops section, one map each (init_struct_ops_maps()). */
export function structOpsMaps(obj: ObjectModel, section: ElfSection): MapModel[] {
  const { btf } = obj;
  const sec = btf === null ? undefined : datasecs(btf).find((d) => d.name === section.name);
  if (btf === null || sec === undefined)
    refuse(`struct_ops init: DATASEC ${section.name} not found`, section);
  const name = section.name.replace(/^\?/, '');
  return sec.vars.map((v) => {
    const varName = btf.nameOf(v.type);
    const type = structOf(btf, v.type);
    if (v.offset + type.size > section.data.length) {
      refuse(`struct_ops init: var ${varName} is beyond the end of DATASEC ${section.name}`, section);
    }
    const flags = name === '.struct_ops.link' ? BPF_F_LINK : 0;
    const def = {
      ...emptyDef(),
      type: MAP.STRUCT_OPS,
      keySize: 4,
      valueSize: type.size,
      maxEntries: 1,
      flags,
    };
    const image = section.data.slice(v.offset, v.offset + type.size);
    const typeName = essentialName(type.name);
    return {
      name: varName,
      section: name,
      secIdx: section.index,
      secOffset: v.offset,
      secSize: type.size,
      data: null,
      def: { ...def, valueTypeId: type.id },
      inner: null,
      valuesOffset: null,
      structOps: { typeId: type.id, typeName, progs: new Map(), image, slots: [] },
      initialSlots: [],
      autocreate: !section.name.startsWith('?'),
      initialValue: null,
    };
  });
}

function structOf(btf: Btf, varId: number): BtfComposite {
  const v = btf.typeById(varId);
  const t = v.kind === 'var' ? btf.typeById(btf.skipModsAndTypedefs(v.type)) : v;
  if (t.name === '') refuse('struct_ops init: anonymous type is not supported');
  if (t.kind !== 'struct') refuse(`struct_ops init: ${t.name} is not a struct`);
  return t;
}

/** Function pointers in the variables name programs (bpf_object__collect_st_ops_relos()). */
export function collectStructOpsRelocs(obj: ObjectModel, rel: ElfSection): void {
  const section = obj.elf.sections[rel.info];
  for (const r of readRelocs(obj.elf, rel)) {
    const sym = obj.elf.symbols[r.symbol];
    const map = obj.maps.find(
      (m) => m.structOps !== null && m.secIdx === section.index && inside(r.offset, m.secOffset, m.secSize),
    );
    const ops = map?.structOps;
    if (map === undefined || ops === undefined || ops === null) {
      refuse(`struct_ops reloc: cannot find map at rel->r_offset ${r.offset}`, section, r.offset);
    }
    const fail = (what: string): never => refuse(`struct_ops reloc ${map.name}: ${what}`, section, r.offset);
    if (sym.shndx >= SHN_LORESERVE) fail('unsupported non-static function');
    if (sym.value % 8 !== 0) fail(`invalid target program offset ${sym.value}`);
    const offset = r.offset - map.secOffset;
    const type = obj.btf?.typeById(ops.typeId);
    const index =
      type !== undefined && 'members' in type
        ? type.members.findIndex((m) => m.bitOffset === offset * 8)
        : -1;
    if (index < 0) fail(`cannot find member at moff ${offset}`);
    const prog = findProg(obj.progs, sym.shndx, sym.value / 8);
    if (prog === null) return fail(`cannot find prog at shdr_idx ${sym.shndx}`);
    if (prog.def?.type !== BPF_PROG_TYPE.struct_ops) fail(`prog ${prog.name} is not struct_ops BPF program`);
    ops.progs.set(index, prog);
  }
}

const inside = (at: number, start: number, size: number): boolean => at >= start && at < start + size;

/**
 * Lays the variable out as the kernel's `bpf_struct_ops_*` type wants it and gives the programs their
 * attach ids (bpf_map__init_kern_struct_ops()). A refusal is put into the programs that the map uses.
 */
export function initKernStructOps(obj: ObjectModel, vmlinux: Btf | null): void {
  for (const map of obj.maps) {
    const ops = map.structOps;
    if (ops === null || obj.btf === null) continue;
    try {
      if (vmlinux === null) throw new StructOpsError('needs the BTF of the kernel');
      layOut(map, ops, obj.btf, vmlinux);
    } catch (e) {
      if (!(e instanceof StructOpsError)) throw e;
      for (const prog of ops.progs.values()) prog.error ??= `struct_ops init_kern ${map.name}: ${e.message}`;
    }
  }
}

class StructOpsError extends Error {}

interface KernTypes {
  readonly type: BtfComposite;
  readonly value: BtfComposite;
  /** Byte offset of the `data` member in the value type. */
  readonly dataOffset: number;
}

function kernTypes(vmlinux: Btf, name: string): KernTypes {
  const value = structByName(vmlinux, `bpf_struct_ops_${name}`);
  const type = structByName(vmlinux, name);
  const data = value.members.find((m) => m.type === type.id);
  if (data === undefined)
    throw new StructOpsError(`struct ${name} data is not found in struct ${value.name}`);
  return { type, value, dataOffset: data.bitOffset / 8 };
}

function structByName(btf: Btf, name: string): BtfComposite {
  const id = btf.findByName(name, 'struct');
  const t = id === null ? null : btf.typeById(id);
  if (t?.kind !== 'struct') throw new StructOpsError(`struct ${name} is not found in kernel BTF`);
  return t;
}

function layOut(map: MapModel, ops: StructOps, btf: Btf, vmlinux: Btf): void {
  const kern = kernTypes(vmlinux, ops.typeName);
  const type = btf.typeById(ops.typeId);
  if (!('members' in type)) return;
  const image = new Uint8Array(kern.value.size);
  type.members.forEach((member, index) => {
    const size = btf.resolveSize(member.type);
    const bytes = ops.image.subarray(member.bitOffset / 8, member.bitOffset / 8 + size);
    const kernIndex = kern.type.members.findIndex((m) => m.name === member.name);
    const kernMember = kern.type.members[kernIndex];
    if (kernMember === undefined) {
      skipMember(member, bytes, ops, index);
      return;
    }
    checkMember(btf, member, vmlinux, kernMember);
    const at = kern.dataOffset + kernMember.bitOffset / 8;
    const prog = ops.progs.get(index);
    if (btf.kindOf(btf.skipModsAndTypedefs(member.type)) === 'ptr') {
      if (prog === undefined) return;
      attach(prog, kern.type.id, kernIndex);
      ops.slots.push({ offset: at, program: prog.name });
      return;
    }
    if (size !== vmlinux.resolveSize(kernMember.type)) {
      throw new StructOpsError(`Error in size of member ${member.name}`);
    }
    image.set(bytes, at);
  });
  map.def.valueSize = kern.value.size;
  map.initialValue = image;
}

/** A member that the kernel does not have must be zero. */
function skipMember(member: BtfMember, bytes: Uint8Array, ops: StructOps, index: number): void {
  if (bytes.some((b) => b !== 0) || ops.progs.has(index)) {
    throw new StructOpsError(`Cannot find member ${member.name} in kernel BTF`);
  }
}

function checkMember(btf: Btf, member: BtfMember, vmlinux: Btf, kern: BtfMember): void {
  if (member.bitfieldSize !== 0 || kern.bitfieldSize !== 0) {
    throw new StructOpsError(`bitfield ${member.name} is not supported`);
  }
  const kind = btf.kindOf(btf.skipModsAndTypedefs(member.type));
  const kernKind = vmlinux.kindOf(vmlinux.skipModsAndTypedefs(kern.type));
  if (kind !== kernKind)
    throw new StructOpsError(`Unmatched member type ${member.name} ${kind} != ${kernKind}(kernel)`);
}

function attach(prog: Prog, kernTypeId: number, member: number): void {
  if (prog.attachBtfId === 0) {
    prog.attachBtfId = kernTypeId;
    prog.attachType = member;
  }
  if (prog.attachBtfId !== kernTypeId || prog.attachType !== member) {
    throw new StructOpsError(`func ptr: invalid reuse of prog ${prog.name} in sec ${prog.section}`);
  }
}
