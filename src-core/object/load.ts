import type { Btf } from '../btf/btf.ts';
import { configOf } from '../btf/vmlinux.ts';
import {
  BPF_CALL,
  BPF_JMP,
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_VALUE,
} from '../isa/opcodes.ts';
import { BpfInsns } from '../isa/program.ts';
import { BPF_PROG_TYPE } from '../uapi/prog-types.ts';
import { collect } from './collect.ts';
import { completeDatasecs, makeHiddenFuncsStatic } from './datasec.ts';
import { collectExterns } from './externs.ts';
import { fillKconfig, REFERENCE_VERSION } from './kconfig.ts';
import { withKernelBtf } from './kernel-btf.ts';
import { type Layout, layOutProgram } from './layout.ts';
import { takesBtf } from './map-types.ts';
import { initMaps } from './maps.ts';
import {
  type Code,
  type Extern,
  type MapDef,
  type MapModel,
  type ObjectModel,
  type Prog,
  refuse,
} from './model.ts';
import { chooseProgKinds, guessProgKind, type ProgramChoice } from './prog-kind.ts';
import { collectRelocs } from './relocs.ts';
import { relocateCore, resolveAttachTarget, resolveKsyms } from './resolve.ts';
import { SEC_SLEEPABLE, SEC_USDT, SEC_XDP_FRAGS, targetOf } from './section-defs.ts';
import type { Fixup, MapSpec, ObjectSpec, ProgramSpec } from './spec.ts';
import { initKernStructOps } from './struct-ops.ts';

export interface LoadOptions {
  /** BTF of the target kernel; null leaves what needs it as `loadError` of the programs. */
  readonly vmlinux: Btf | null;
  /** Text of the kernel's configuration ("CONFIG_HZ=250\n..."), for .kconfig externs; else that of `vmlinux`. */
  readonly kconfig?: string;
  /** `KERNEL_VERSION(a, b, c)`; the reference kernel's when absent. */
  readonly kernelVersion?: number;
  /** A type for a program in place of its section's, in words of namedProgKind(); null leaves it. */
  readonly progKind?: (prog: ProgramChoice) => string | null;
}

const BPF_F_SLEEPABLE = 1 << 4;
const BPF_F_XDP_HAS_FRAGS = 1 << 5;
const BPF_TRACE_UPROBE_MULTI = 48;
/** libbpf's marks for a kfunc or map that is not there, in place of a helper id. */
const POISON_KFUNC = 2002000000;
const POISON_MAP = 2001000000;
/** All programs of an object together; the largest known objects have a tenth of it. */
const MAX_PROGRAM_BYTES = 64 << 20;

/**
 * What libbpf 1.8 makes of an object file up to the moment before it creates maps and loads programs.
 * `name` is the file's name. Throws InputError for an object that libbpf would not open.
 */
export function loadElf(bytes: Uint8Array, name: string, options: LoadOptions): ObjectSpec {
  const obj = collect(bytes, name);
  if (options.progKind !== undefined) chooseProgKinds(obj.progs, options.progKind);
  collectExterns(obj);
  completeDatasecs(obj);
  initMaps(obj);
  collectRelocs(obj);
  const kconfig = obj.maps.find((m) => m.data === 'kconfig');
  const known = options.vmlinux === null ? null : configOf(options.vmlinux);
  const facts = { version: options.kernelVersion ?? REFERENCE_VERSION, config: options.kconfig ?? known };
  fillKconfig(obj.externs, kconfig?.initialValue ?? new Uint8Array(0), facts);
  resolveKsyms(obj, options.vmlinux);
  initKernStructOps(obj, options.vmlinux);
  for (const prog of obj.progs) resolveAttachTarget(prog, options.vmlinux);
  relocateCore(obj, options.vmlinux);
  markSubprogAddresses(obj);
  makeHiddenFuncsStatic(obj);
  return withKernelBtf({
    name: obj.name,
    license: obj.license,
    version: obj.version,
    needsVmlinux: needsVmlinux(obj),
    btf: obj.btf,
    refusedBtf: null,
    maps: obj.maps.map(mapSpec),
    programs: programSpecs(obj),
    diagnostics: obj.diagnostics,
  });
}

/** obj_needs_vmlinux_btf(), and the kernel's configuration, which comes with its BTF. */
function needsVmlinux(obj: ObjectModel): boolean {
  const byBtf: readonly number[] = [BPF_PROG_TYPE.struct_ops, BPF_PROG_TYPE.lsm, BPF_PROG_TYPE.tracing];
  return (
    (obj.btfExt?.coreRelos.length ?? 0) > 0 ||
    obj.externs.some((e) =>
      e.place.kind === 'ksym' ? e.place.typeId !== 0 : e.name.startsWith('CONFIG_'),
    ) ||
    obj.progs.some((p) => p.def !== null && byBtf.includes(p.def.type)) ||
    obj.maps.some((m) => m.structOps !== null)
  );
}

function markSubprogAddresses(obj: ObjectModel): void {
  for (const prog of obj.progs) {
    for (const r of prog.relocs) {
      if (r.kind === 'subprogAddr') prog.code[r.insn] = { ...prog.code[r.insn], src: BPF_PSEUDO_FUNC };
    }
  }
}

function mapSpec(map: MapModel): MapSpec {
  return {
    ...defSpec(map.def),
    name: map.name,
    structOpsType: map.structOps?.typeName ?? null,
    inner: map.inner === null ? null : innerSpec(map, map.inner),
    initialSlots: map.initialSlots,
    initialValue: map.initialValue,
    frozen: map.data === 'rodata' || map.data === 'kconfig',
    section: map.section,
    autocreate: map.autocreate,
    structOpsSlots: map.structOps?.slots ?? [],
  };
}

function innerSpec(map: MapModel, inner: MapDef): MapSpec {
  return {
    ...defSpec(inner),
    name: `${map.name}.inner`,
    structOpsType: null,
    inner: null,
    initialSlots: [],
    initialValue: null,
    frozen: false,
    section: map.section,
    autocreate: true,
    structOpsSlots: [],
  };
}

function defSpec(def: MapDef) {
  const btf = takesBtf(def.type);
  return {
    type: def.type,
    keySize: def.keySize,
    valueSize: def.valueSize,
    maxEntries: def.maxEntries,
    flags: def.flags,
    mapExtra: Number(def.mapExtra & 0xffff_ffffn),
    mapExtraHi: Number(def.mapExtra >> 32n),
    numaNode: def.numaNode,
    pinning: def.pinning,
    btfKeyTypeId: btf ? def.keyTypeId : 0,
    btfValueTypeId: btf ? def.valueTypeId : 0,
  };
}

/** Each program brings its own copy of what it calls: a small object could grow without bound. */
function programSpecs(obj: ObjectModel): ProgramSpec[] {
  let bytes = 0;
  return obj.progs
    .filter((p) => !p.isSubprog)
    .map((p) => {
      if (bytes > MAX_PROGRAM_BYTES)
        refuse(`the programs of this object grow to over ${MAX_PROGRAM_BYTES} bytes`);
      const spec = programSpec(obj, p);
      bytes += spec.insns.length;
      return spec;
    });
}

function programSpec(obj: ObjectModel, prog: Prog): ProgramSpec {
  const layout = layOutProgram(obj, prog);
  const fixups = applyData(obj, layout);
  const { def } = prog;
  return {
    name: prog.name,
    section: prog.section,
    type: def?.type ?? BPF_PROG_TYPE.unspec,
    expectedAttachType:
      def !== null && (def.flags & SEC_USDT) !== 0 ? BPF_TRACE_UPROBE_MULTI : prog.attachType,
    attachTarget: def === null ? null : targetOf(def, prog.kindWords),
    attachBtfId: prog.attachBtfId,
    flags: programFlags(prog),
    kindGuess: guessProgKind(prog, obj.btf),
    autoload: prog.autoload,
    insns: BpfInsns.fromRaw(layout.code).toBytes(),
    fixups,
    funcInfo: rowBytes(layout.funcInfo),
    lineInfo: rowBytes(layout.lineInfo),
    subprograms: layout.subprograms,
    loadError: layout.error ?? typeError(prog),
  };
}

function programFlags({ def }: Prog): number {
  if (def === null) return 0;
  const sleepable = (def.flags & SEC_SLEEPABLE) !== 0 ? BPF_F_SLEEPABLE : 0;
  return sleepable | ((def.flags & SEC_XDP_FRAGS) !== 0 ? BPF_F_XDP_HAS_FRAGS : 0);
}

/** What bpf_object_load_prog() refuses before it asks the kernel. */
function typeError(prog: Prog): string | null {
  if (prog.def === null) return `missing BPF prog type, check ELF section name '${prog.section}'`;
  if (prog.def.type === BPF_PROG_TYPE.struct_ops && prog.attachBtfId === 0) {
    return `SEC("struct_ops") program isn't referenced anywhere, did you forget to use it?`;
  }
  return null;
}

function rowBytes(rows: readonly (readonly number[])[]): Uint8Array {
  const words = rows.flat();
  const out = new Uint8Array(words.length * 4);
  const view = new DataView(out.buffer);
  words.forEach((w, i) => {
    view.setUint32(4 * i, w, true);
  });
  return out;
}

/** Writes what relocations say into the laid out code (bpf_object__relocate_data()). */
function applyData(obj: ObjectModel, layout: Layout): Fixup[] {
  const { code } = layout;
  const fixups: Fixup[] = [];
  for (const r of layout.relocs) {
    const { insn } = r;
    switch (r.kind) {
      case 'map':
      case 'data':
        if (r.kind === 'data') code[insn + 1] = { ...code[insn + 1], imm: (code[insn].imm + r.symOff) | 0 };
        if (obj.maps[r.map].autocreate) fixups.push(mapFixup(obj, code, insn, r.map, r.kind));
        else poison(code, insn, 2, POISON_MAP + r.map);
        break;
      case 'externLd':
        layout.error ??= r.extern.error;
        fixups.push(...externLoad(obj, code, insn, r.extern));
        break;
      case 'externCall':
        layout.error ??= r.extern.error;
        kfuncCall(obj, code, insn, r.extern);
        break;
      case 'call':
      case 'subprogAddr':
        break;
    }
  }
  return fixups;
}

function poison(code: Code, at: number, slots: number, imm: number): void {
  for (let i = 0; i < slots; i++) code[at + i] = { code: BPF_JMP | BPF_CALL, dst: 0, src: 0, off: 0, imm };
}

function mapFixup(obj: ObjectModel, code: Code, insn: number, mapIndex: number, kind: 'map' | 'data'): Fixup {
  const map = obj.maps[mapIndex].name;
  if (kind === 'map') {
    code[insn] = { ...code[insn], src: BPF_PSEUDO_MAP_FD, imm: 0 };
    return { kind: 'map', insn, map, mapIndex };
  }
  code[insn] = { ...code[insn], src: BPF_PSEUDO_MAP_VALUE, imm: 0 };
  return { kind: 'mapValue', insn, map, mapIndex, offset: code[insn + 1].imm };
}

function externLoad(obj: ObjectModel, code: Code, insn: number, ext: Extern): Fixup[] {
  const { place } = ext;
  const set = (src: number, lo: number, hi: number) => {
    code[insn] = { ...code[insn], src, imm: lo };
    code[insn + 1] = { ...code[insn + 1], imm: hi };
  };
  if (place.kind === 'kcfg') {
    const mapIndex = obj.maps.findIndex((m) => m.data === 'kconfig');
    set(BPF_PSEUDO_MAP_VALUE, 0, place.offset);
    return [{ kind: 'mapValue', insn, map: obj.maps[mapIndex].name, mapIndex, offset: place.offset }];
  }
  if (place.typeId !== 0 && ext.isSet) {
    set(BPF_PSEUDO_BTF_ID, place.kernelId, 0);
    return [];
  }
  set(code[insn].src, 0, 0);
  return place.typeId === 0 ? [{ kind: 'ksym', insn, symbol: ext.name, weak: ext.weak }] : [];
}

function kfuncCall(obj: ObjectModel, code: Code, insn: number, ext: Extern): void {
  if (ext.isSet && ext.place.kind === 'ksym') {
    code[insn] = { ...code[insn], src: BPF_PSEUDO_KFUNC_CALL, imm: ext.place.kernelId, off: 0 };
  } else {
    poison(code, insn, 1, POISON_KFUNC + obj.externs.indexOf(ext));
  }
}
