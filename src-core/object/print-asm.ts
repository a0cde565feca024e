import { BTF_FUNC_GLOBAL } from '../btf/kinds.ts';
import { decodeAt, type Insn } from '../isa/decode.ts';
import { disasmKernel } from '../isa/disasm.ts';
import { BpfInsns } from '../isa/program.ts';
import type { Fixup, MapSpec, ObjectSpec, ProgramSpec } from './spec.ts';

/**
 * An object as assembly text that the assembler takes back: the same maps, sections and instructions.
 * What assembly cannot say (struct_ops, BTF types of keys, initial slots) is left out, with a comment.
 * Helpers without a name print as numbers.
 */
export function printAssembly(spec: ObjectSpec, helperName: HelperName = () => null): string {
  return new Printer(spec, helperName).run();
}

type HelperName = (id: number) => string | null;

class Printer {
  private readonly out: string[] = [];
  /** Name in the text of each map, by index: a map's own name or the label of its data. */
  private readonly names: string[];
  private readonly printed = new Set<string>();

  constructor(
    private readonly spec: ObjectSpec,
    private readonly helperName: HelperName,
  ) {
    this.names = uniqueNames(spec);
  }

  run(): string {
    const { spec, out } = this;
    out.push(`.license "${spec.license.replace(/["\\]/g, '\\$&')}"`, '');
    spec.maps.forEach((m, i) => {
      this.map(m, i);
    });
    spec.maps.forEach((m, i) => {
      this.data(m, i);
    });
    for (const prog of spec.programs) this.program(prog);
    return `${out.join('\n')}\n`;
  }

  private map(m: MapSpec, index: number): void {
    if (isData(m)) return;
    if (m.structOpsType !== null) {
      this.out.push(`# map ${m.name} implements struct ${m.structOpsType}, which assembly cannot say`);
      return;
    }
    if (m.inner === null) this.out.push(mapLine(this.names[index], m, null));
    else this.outerMap(m, m.inner, index);
    if (m.initialSlots.length > 0)
      this.out.push(`# ${m.name} starts with ${m.initialSlots.map(slotText).join(', ')}`);
  }

  /** An inner map's shape is that of another map: one of the object's, or one made for it. */
  private outerMap(m: MapSpec, inner: MapSpec, index: number): void {
    const same = this.spec.maps.findIndex((o) => o.inner === null && shape(o) === shape(inner));
    const name = same >= 0 ? this.names[same] : `${this.names[index]}.inner`;
    if (same < 0) this.out.push(mapLine(name, inner, null));
    this.out.push(mapLine(this.names[index], m, name));
  }

  private data(m: MapSpec, index: number): void {
    if (!isData(m) || m.initialValue === null) return;
    // .kconfig is filled by the loader; by now it is read-only data like any other.
    this.out.push(
      `.section "${m.section === '.kconfig' ? '.rodata.kconfig' : m.section}"`,
      `${this.names[index]}:`,
    );
    for (let at = 0; at < m.initialValue.length; at += 16)
      this.out.push(dataLine(m.initialValue.subarray(at, at + 16)));
    this.out.push('');
  }

  private program(prog: ProgramSpec): void {
    const insns = BpfInsns.fromBytes(prog.insns);
    prog.subprograms.forEach((sub, i) => {
      const end = prog.subprograms[i + 1]?.start ?? insns.length;
      if (i > 0 && this.printed.has(sub.name)) return;
      this.printed.add(sub.name);
      if (prog.loadError !== null && i === 0) this.out.push(`# libbpf: ${prog.loadError}`);
      if (i === 0)
        this.out.push(`.section "${prog.autoload ? '' : '?'}${prog.section}"`, `.globl ${sub.name}`);
      else this.subprogramHead(sub.name);
      this.out.push(`${sub.name}:`);
      this.body(prog, insns, sub.start, end);
      this.out.push('');
    });
  }

  /** A global subprogram is verified on its own; only integer arguments can be said. */
  private subprogramHead(name: string): void {
    this.out.push('.text');
    const { btf } = this.spec;
    const id = btf?.findByName(name, 'func') ?? null;
    const func = btf === null || id === null ? null : btf.typeById(id);
    if (btf === null || func?.kind !== 'func' || func.linkage !== BTF_FUNC_GLOBAL) {
      this.out.push(`.type ${name},@function`);
      return;
    }
    const proto = btf.typeById(func.type);
    const params = proto.kind === 'func_proto' ? proto.params : [];
    const integers = params.every((p) => btf.kindOf(btf.skipModsAndTypedefs(p.type)) === 'int');
    if (!integers) {
      this.out.push(`# global in the object; its argument types cannot be said`, `.type ${name},@function`);
      return;
    }
    this.out.push(`.globl ${name}`);
    if (params.length > 0) this.out.push(`.args ${name}, ${params.length}`);
  }

  private body(prog: ProgramSpec, insns: BpfInsns, start: number, end: number): void {
    const fixups = new Map(prog.fixups.map((f) => [f.insn, f]));
    const labels = jumpTargets(insns, start, end);
    const prefix = `${prog.subprograms.findLast((s) => s.start <= start)?.name ?? prog.name}_`;
    const label = (slot: number): string => `${prefix}${slot - start}`;
    for (let i = start; i < end; i++) {
      if (labels.has(i)) this.out.push(`${label(i)}:`);
      const decoded = decodeAt(insns, i);
      if (!decoded.ok) {
        this.out.push(rawLine(insns, i));
        continue;
      }
      const { insn } = decoded;
      const fixup = fixups.get(i);
      this.out.push(
        ...this.insnLines(prog, insns, i, insn, fixup, (slot) => (labels.has(slot) ? label(slot) : null)),
      );
      i += insn.slots - 1;
    }
  }

  private insnLines(
    prog: ProgramSpec,
    insns: BpfInsns,
    i: number,
    insn: Insn,
    fixup: Fixup | undefined,
    label: (slot: number) => string | null,
  ): string[] {
    const { meaning, raw } = insn;
    if (meaning.kind === 'ldImm64') return this.wideLoad(prog, insns, i, insn, fixup);
    if (meaning.kind === 'call' && meaning.what === 'local') {
      const callee = prog.subprograms.find((s) => s.start === i + 1 + raw.imm);
      return [callee === undefined ? rawLine(insns, i) : `\tcall ${callee.name}`];
    }
    if (meaning.kind === 'call' && meaning.what === 'helper') {
      return [`\tcall ${this.helperName(raw.imm) ?? raw.imm >>> 0}`];
    }
    if (meaning.kind === 'call' && raw.off !== 0) return [rawLine(insns, i)];
    const text = disasmKernel(insns, i, { helperName: () => null }).slice('(00) '.length);
    const target = label(jumpTarget(insns, i) ?? -1);
    return [`\t${target === null ? text : text.replace(/pc[+-]\d+$/, target)}`];
  }

  private wideLoad(
    prog: ProgramSpec,
    insns: BpfInsns,
    i: number,
    insn: Insn,
    fixup: Fixup | undefined,
  ): string[] {
    const { raw, meaning } = insn;
    const what = meaning.kind === 'ldImm64' ? meaning.what : 'imm';
    if (fixup?.kind === 'map' || fixup?.kind === 'mapValue') {
      const offset = fixup.kind === 'mapValue' && fixup.offset !== 0 ? ` + ${fixup.offset}` : '';
      return [`\tr${raw.dst} = ${this.names[fixup.mapIndex]}${offset} ll`];
    }
    const callee = what === 'func' ? prog.subprograms.find((s) => s.start === i + 1 + raw.imm) : undefined;
    if (callee !== undefined) return [`\tr${raw.dst} = ${callee.name} ll`];
    if (what === 'imm')
      return [`\t${disasmKernel(insns, i, { helperName: () => null }).slice('(00) '.length)} ll`];
    return [rawLine(insns, i), rawLine(insns, i + 1)];
  }
}

const isData = (m: MapSpec): boolean => /^\.(data|rodata|bss|kconfig)(\.|$)/.test(m.section);

const slotText = (s: { readonly index: number; readonly target: string }): string =>
  `[${s.index}] = ${s.target}`;

const shape = (m: MapSpec): string =>
  [m.type, m.keySize, m.valueSize, m.maxEntries, m.flags, m.mapExtra].join();

function mapLine(name: string, m: MapSpec, inner: string | null): string {
  const numbers = { flags: m.flags, numa_node: m.numaNode, map_extra: m.mapExtra, pinning: m.pinning };
  const parts = [`type=${m.type}`, `key=${m.keySize}`, `value=${m.valueSize}`, `max_entries=${m.maxEntries}`];
  for (const [key, value] of Object.entries(numbers)) if (value !== 0) parts.push(`${key}=${value}`);
  if (inner !== null) parts.push(`inner=${inner}`);
  return `.map ${name}, ${parts.join(', ')}`;
}

function dataLine(bytes: Uint8Array): string {
  if (bytes.every((b) => b === 0)) return `\t.zero ${bytes.length}`;
  return `\t.byte ${Array.from(bytes, (b) => `0x${b.toString(16).padStart(2, '0')}`).join(', ')}`;
}

function rawLine(insns: BpfInsns, i: number): string {
  const { code, dst, src, off, imm } = insns.at(i);
  return `\t.insn 0x${code.toString(16).padStart(2, '0')}, ${dst}, ${src}, ${off}, ${imm}`;
}

/** The slot that an instruction jumps to, or null. */
function jumpTarget(insns: BpfInsns, i: number): number | null {
  const decoded = decodeAt(insns, i);
  if (!decoded.ok) return null;
  const { meaning, raw } = decoded.insn;
  if (meaning.kind === 'ja') return i + 1 + (meaning.long ? raw.imm : raw.off);
  return meaning.kind === 'jmp' || meaning.kind === 'mayGoto' ? i + 1 + raw.off : null;
}

/** Slots inside the function that its jumps lead to and where an instruction starts. */
function jumpTargets(insns: BpfInsns, start: number, end: number): Set<number> {
  const starts = new Set<number>();
  const targets = new Set<number>();
  for (let i = start; i < end; i++) {
    starts.add(i);
    const target = jumpTarget(insns, i);
    if (target !== null) targets.add(target);
    const decoded = decodeAt(insns, i);
    if (decoded.ok) i += decoded.insn.slots - 1;
  }
  return new Set([...targets].filter((t) => starts.has(t)));
}

/** Maps keep their names; data gets a label after its section. None may meet a function's or another map's. */
function uniqueNames(spec: ObjectSpec): string[] {
  const taken = new Set(spec.programs.flatMap((p) => p.subprograms.map((s) => s.name)));
  return spec.maps.map((m) => {
    const base = isData(m) ? m.section.slice(1).replace(/\W/g, '_') : m.name;
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
    taken.add(name);
    return name;
  });
}
