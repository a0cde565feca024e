import { BtfBuilder } from '../btf/builder.ts';
import { type ExtRecordsOut, writeBtfExt } from '../btf/ext.ts';
import {
  R_BPF_64_32,
  R_BPF_64_64,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHF_WRITE,
  SHT_NOBITS,
  SHT_PROGBITS,
  STB_GLOBAL,
  STB_LOCAL,
  STB_WEAK,
  STT_FUNC,
  STT_OBJECT,
  STT_SECTION,
  STV_HIDDEN,
} from '../elf/constants.ts';
import { ElfWriter } from '../elf/write.ts';
import { BPF_PSEUDO_FUNC, BPF_PSEUDO_KFUNC_CALL } from '../isa/opcodes.ts';
import { BpfInsns, type RawInsn } from '../isa/program.ts';
import { type AsmDiagnostic, AsmFault } from './diagnostics.ts';
import { AsmBtf, type MapVariable } from './emit-btf.ts';
import type { AsmFunction, Meaning } from './functions.ts';
import type { CodeSection, PlacedInsn, Source } from './source.ts';

export interface EmitOptions {
  /** Name and lines of the source, to be shown in the verifier's log; null leaves line info out. */
  readonly lineInfo: { readonly fileName: string; readonly lines: readonly string[] } | null;
  readonly report: (d: AsmDiagnostic) => void;
}

/** A function in its place in the object. */
interface Placed {
  readonly fn: AsmFunction;
  /** Name of the section in the object. */
  readonly section: string;
  /** First slot there. */
  readonly start: number;
}

interface Pending {
  readonly section: string;
  readonly slot: number;
  readonly type: number;
  /** Name of the symbol, or ".text" for the section's own. */
  readonly symbol: string;
}

/** Writes the object: code sections, .text, data, maps, licence, BTF. */
export function emitObject(
  source: Source,
  functions: readonly AsmFunction[],
  meanings: ReadonlyMap<PlacedInsn, Meaning>,
  options: EmitOptions,
): Uint8Array {
  return new Emitter(source, functions, meanings, options).run();
}

class Emitter {
  private readonly elf = new ElfWriter();
  private readonly placed: Placed[] = [];
  private readonly code = new Map<string, RawInsn[]>();
  private readonly pending: Pending[] = [];
  private readonly sections = new Map<string, number>();
  private readonly symbols = new Map<string, number>();

  constructor(
    private readonly source: Source,
    private readonly functions: readonly AsmFunction[],
    private readonly meanings: ReadonlyMap<PlacedInsn, Meaning>,
    private readonly options: EmitOptions,
  ) {}

  run(): Uint8Array {
    this.place();
    for (const p of this.placed) this.emitCode(p);
    for (const [name, insns] of this.code) {
      const flags = SHF_ALLOC | SHF_EXECINSTR;
      this.sections.set(
        name,
        this.elf.section({ name, flags, data: BpfInsns.fromRaw(insns).toBytes(), align: 8 }),
      );
    }
    this.emitData();
    const builder = new BtfBuilder();
    const variables = this.source.maps.size > 0 ? new AsmBtf(builder).maps(this.source.maps) : [];
    this.emitMaps(variables);
    this.emitLicense();
    this.emitFunctions();
    this.emitBtf(builder, variables.length > 0);
    for (const p of this.pending) {
      this.elf.relocate(
        this.sections.get(p.section) ?? 0,
        p.slot * 8,
        p.type,
        this.symbols.get(p.symbol) ?? 0,
      );
    }
    return this.elf.toBytes();
  }

  /** Entry programs stay in their section, subprograms go to .text. */
  private place(): void {
    const slots = new Map<string, number>();
    for (const fn of this.functions) {
      const section = fn.isSubprog ? '.text' : fn.section.name;
      const start = slots.get(section) ?? 0;
      this.placed.push({ fn, section, start });
      slots.set(section, start + fn.end - fn.start);
    }
  }

  private functionAt(section: CodeSection, slot: number): Placed | undefined {
    return this.placed.find((p) => p.fn.section === section && slot >= p.fn.start && slot < p.fn.end);
  }

  private emitCode(p: Placed): void {
    const out = this.code.get(p.section) ?? [];
    this.code.set(p.section, out);
    for (const insn of p.fn.insns) {
      const slots = this.resolved(p, insn);
      for (const slot of slots) out.push(slot);
    }
  }

  /** The slots of one instruction with its reference filled in, or a relocation noted down. */
  private resolved(p: Placed, insn: PlacedInsn): readonly RawInsn[] {
    const meaning = this.meanings.get(insn);
    const slot = p.start + insn.slot - p.fn.start;
    const [first, ...rest] = insn.slots;
    const relocate = (type: number, symbol: string) =>
      this.pending.push({ section: p.section, slot, type, symbol });
    switch (meaning?.kind) {
      case 'helper':
        return [{ ...first, src: 0, imm: meaning.id }];
      case 'kfunc':
        return [{ ...first, src: BPF_PSEUDO_KFUNC_CALL, imm: meaning.id }];
      case 'map':
        relocate(R_BPF_64_64, meaning.name);
        return insn.slots;
      case 'data':
        relocate(R_BPF_64_64, meaning.label.name);
        return insn.slots;
      case 'slot':
        break;
      default:
        return insn.slots;
    }
    if (insn.ref?.kind === 'jump') return [this.jump(p, insn, meaning.slot), ...rest];
    const target = this.functionAt(meaning.section, meaning.slot);
    if (target === undefined) return insn.slots;
    if (insn.ref?.kind === 'address') {
      relocate(R_BPF_64_64, target.fn.global ? target.fn.name : '.text');
      return [{ ...first, src: BPF_PSEUDO_FUNC, imm: target.fn.global ? 0 : target.start * 8 }, ...rest];
    }
    relocate(R_BPF_64_32, target.fn.name);
    return [{ ...first, imm: -1 }];
  }

  private jump(p: Placed, insn: PlacedInsn, target: number): RawInsn {
    const [first] = insn.slots;
    const { ref } = insn;
    if (ref?.kind !== 'jump') return first;
    const distance = target - insn.slot - 1;
    const fault = (message: string) =>
      this.options.report(new AsmFault(message, ref.place, 'a label of the same function').toDiagnostic());
    if (target < p.fn.start || target >= p.fn.end)
      fault(`'${ref.label}' is outside of function '${p.fn.name}'`);
    if (ref.field === 'off' && (distance < -32768 || distance > 32767))
      fault(`'${ref.label}' is too far away: use gotol`);
    return { ...first, [ref.field]: distance };
  }

  private emitData(): void {
    for (const { name, bytes } of this.source.data) {
      const bss = name.startsWith('.bss');
      const flags = name.startsWith('.rodata') ? SHF_ALLOC : SHF_ALLOC | SHF_WRITE;
      const data = bss ? new Uint8Array(0) : Uint8Array.from(bytes);
      const type = bss ? SHT_NOBITS : SHT_PROGBITS;
      this.sections.set(name, this.elf.section({ name, type, flags, data, size: bytes.length, align: 8 }));
    }
    for (const label of this.source.labels.values()) {
      const section = this.source.data.find((d) => d === label.section);
      if (section === undefined) continue;
      const next = [...this.source.labels.values()]
        .filter((l) => l.section === section && l.at > label.at)
        .reduce((min, l) => Math.min(min, l.at), section.bytes.length);
      this.symbol(label.name, section.name, label.at, next - label.at, STT_OBJECT, STB_GLOBAL);
    }
  }

  private symbol(
    name: string,
    section: string,
    value: number,
    size: number,
    type: number,
    bind: number,
    visibility = 0,
  ) {
    const index = this.sections.get(section) ?? null;
    this.symbols.set(name, this.elf.symbol({ name, value, size, type, bind, visibility, section: index }));
  }

  private emitMaps(variables: readonly MapVariable[]): void {
    if (variables.length === 0) return;
    const size = variables.reduce((sum, v) => sum + v.size, 0);
    const flags = SHF_ALLOC | SHF_WRITE;
    this.sections.set(
      '.maps',
      this.elf.section({ name: '.maps', flags, data: new Uint8Array(size), align: 8 }),
    );
    for (const v of variables) this.symbol(v.name, '.maps', v.offset, v.size, STT_OBJECT, STB_GLOBAL);
  }

  private emitLicense(): void {
    const data = new TextEncoder().encode(`${this.source.license ?? 'GPL'}\0`);
    this.elf.section({ name: 'license', flags: SHF_ALLOC | SHF_WRITE, data });
  }

  private emitFunctions(): void {
    const text = this.sections.get('.text');
    if (text !== undefined) {
      const common = { name: '', value: 0, size: 0, bind: STB_LOCAL };
      this.symbols.set('.text', this.elf.symbol({ ...common, type: STT_SECTION, section: text }));
    }
    for (const { fn, section, start } of this.placed) {
      const bind = fn.weak ? STB_WEAK : fn.global || !fn.isSubprog ? STB_GLOBAL : STB_LOCAL;
      const size = (fn.end - fn.start) * 8;
      this.symbol(fn.name, section, start * 8, size, STT_FUNC, bind, fn.hidden ? STV_HIDDEN : 0);
    }
  }

  /** True when the address of a function is taken: it is a callback then, which the verifier knows by its BTF. */
  private takesFunctionAddress(p: Placed): boolean {
    return p.fn.insns.some(
      (insn) => insn.ref?.kind === 'address' && this.meanings.get(insn)?.kind === 'slot',
    );
  }

  /** Function info is for global subprograms and callbacks, whose BTF the verifier needs; lean objects go without. */
  private emitBtf(builder: BtfBuilder, hasMaps: boolean): void {
    const { lineInfo } = this.options;
    const needsInfo = (p: Placed): boolean => (p.fn.isSubprog && p.fn.global) || this.takesFunctionAddress(p);
    const withFuncs = lineInfo !== null || this.placed.some(needsInfo);
    if (!hasMaps && !withFuncs) return;
    const ext = withFuncs ? this.infoTables(builder) : null;
    this.elf.section({ name: '.BTF', flags: 0, data: builder.toBytes(), align: 4 });
    if (ext !== null) this.elf.section({ name: '.BTF.ext', flags: 0, data: ext, align: 4 });
  }

  private infoTables(builder: BtfBuilder): Uint8Array {
    const btf = new AsmBtf(builder);
    const ids = new Map(this.placed.map((p) => [p, btf.func(p.fn)]));
    const tables = (rows: (p: Placed) => number[][]): ExtRecordsOut[] =>
      [...this.code.keys()].map((section) => ({
        sectionNameOff: builder.string(section),
        rows: this.placed.filter((p) => p.section === section).flatMap(rows),
      }));
    const funcs = tables((p) => [[p.start * 8, ids.get(p) ?? 0]]);
    const { lineInfo } = this.options;
    if (lineInfo === null) return writeBtfExt(funcs, []);
    const file = builder.string(lineInfo.fileName);
    const lines = tables((p) =>
      p.fn.insns.map((insn) => {
        const text = builder.string((lineInfo.lines[insn.line - 1] ?? '').trim());
        return [(p.start + insn.slot - p.fn.start) * 8, file, text, (insn.line << 10) >>> 0];
      }),
    );
    return writeBtfExt(funcs, lines);
  }
}
