import type { ExtRecords } from '../btf/ext.ts';
import { BTF_FUNC_GLOBAL } from '../btf/kinds.ts';
import { BPF_CALL, BPF_JMP, BPF_PSEUDO_CALL, BPF_PSEUDO_FUNC, LD_IMM64 } from '../isa/opcodes.ts';
import type { RawInsn } from '../isa/program.ts';
import { type Code, findProg, type ObjectModel, type Prog, type Reloc } from './model.ts';
import { sectionIndex } from './resolve.ts';

/** A main program with the subprograms that it reaches behind it. */
export interface Layout {
  readonly code: Code;
  /** With slots of the whole program, in order. */
  readonly relocs: Reloc[];
  readonly subprograms: { start: number; name: string }[];
  /** Rows of u32 words. */
  readonly funcInfo: number[][];
  readonly lineInfo: number[][];
  /** The first refusal met, or null. */
  error: string | null;
}

/** Lays out one main program (bpf_object__relocate_calls()). */
export function layOutProgram(obj: ObjectModel, main: Prog): Layout {
  return new ProgramLayout(obj, main).run();
}

const isSubprogCall = (insn: RawInsn): boolean =>
  insn.code === (BPF_JMP | BPF_CALL) && insn.src === BPF_PSEUDO_CALL;
const isPseudoFunc = (insn: RawInsn): boolean => insn.code === LD_IMM64 && insn.src === BPF_PSEUDO_FUNC;

class LayoutError extends Error {}

/** `BPF_COMPLEXITY_LIMIT_INSNS`: no kernel takes a longer program. */
const MAX_SLOTS = 1_000_000;

class ProgramLayout {
  private readonly out: Layout;
  /** Where each appended program starts. */
  private readonly starts = new Map<Prog, number>();

  constructor(
    private readonly obj: ObjectModel,
    private readonly main: Prog,
  ) {
    this.out = { code: [], relocs: [], subprograms: [], funcInfo: [], lineInfo: [], error: null };
  }

  run(): Layout {
    const { out, main } = this;
    try {
      this.append(main);
      this.relocate(main);
      this.appendExceptionCallback();
    } catch (e) {
      if (!(e instanceof LayoutError)) throw e;
      out.error ??= e.message;
    }
    return out;
  }

  private append(prog: Prog): void {
    const start = this.out.code.length;
    if (start + prog.code.length > MAX_SLOTS) throw new LayoutError(`more than ${MAX_SLOTS} instructions`);
    this.starts.set(prog, start);
    this.out.error ??= prog.error;
    this.out.subprograms.push({ start, name: prog.name });
    for (const insn of prog.code) this.out.code.push(insn);
    for (const r of prog.relocs) this.out.relocs.push({ ...r, insn: r.insn + start });
  }

  /**
   * Depth first, a subprogram is appended where it is first called, and its own calls follow before the
   * rest of the caller's (bpf_object__reloc_code()). A work list keeps hostile nesting off the stack.
   */
  private relocate(root: Prog): void {
    const work = [{ prog: root, at: 0, relocs: this.begin(root) }];
    while (work.length > 0) {
      const frame = work[work.length - 1];
      if (frame.at >= frame.prog.code.length) {
        work.pop();
        continue;
      }
      const callee = this.calleeAt(frame.prog, frame.at, frame.relocs);
      if (callee !== null && !this.starts.has(callee)) {
        this.append(callee);
        work.push({ prog: callee, at: 0, relocs: this.begin(callee) });
        continue;
      }
      if (callee !== null) this.patchCall(frame.prog, frame.at, callee);
      frame.at++;
    }
  }

  private begin(prog: Prog): Map<number, Reloc> {
    this.appendInfo(prog);
    return new Map(prog.relocs.map((r) => [r.insn, r]));
  }

  private patchCall(prog: Prog, at: number, callee: Prog): void {
    const here = (this.starts.get(prog) ?? 0) + at;
    const imm = (this.starts.get(callee) ?? 0) - here - 1;
    this.out.code[here] = { ...this.out.code[here], imm };
  }

  /** The subprogram that an instruction calls or loads the address of, or null. */
  private calleeAt(prog: Prog, at: number, relocs: ReadonlyMap<number, Reloc>): Prog | null {
    const insn = prog.code[at];
    if (!isSubprogCall(insn) && !isPseudoFunc(insn)) return null;
    const reloc = relocs.get(at);
    if (reloc?.kind === 'externCall') return null;
    if (reloc !== undefined && reloc.kind !== 'call' && reloc.kind !== 'subprogAddr') {
      throw new LayoutError(`unexpected relo for insn #${at}, type ${reloc.kind}`);
    }
    if (reloc === undefined && isPseudoFunc(insn))
      throw new LayoutError(`missing subprog addr relo for insn #${at}`);
    const slot = targetSlot(prog, at, insn, reloc);
    const callee = this.obj.textIdx === 0 ? null : findProg(this.obj.progs, this.obj.textIdx, slot);
    if (callee === null) throw new LayoutError('no .text section found yet sub-program call exists');
    return callee;
  }

  /** bpf_prog_assign_exc_cb(): `__exception_cb(name)` on the main program appends that subprogram. */
  private appendExceptionCallback(): void {
    const name = exceptionCallback(this.obj, this.main);
    if (name === null) return;
    const cb = this.obj.progs.find((p) => p.isSubprog && p.name === name);
    if (cb === undefined) throw new LayoutError(`cannot find exception callback '${name}'`);
    if (!cb.global || cb.hidden) {
      throw new LayoutError(`exception callback ${name} must be a global non-hidden function`);
    }
    if (this.starts.has(cb)) return;
    this.append(cb);
    this.relocate(cb);
  }

  /** reloc_prog_func_and_line_info(): a main program without records goes without for all. */
  private appendInfo(prog: Prog): void {
    const { btfExt } = this.obj;
    if (btfExt === null) return;
    this.appendTable(prog, btfExt.funcInfo, this.out.funcInfo, 2, 'function');
    this.appendTable(prog, btfExt.lineInfo, this.out.lineInfo, 4, 'line');
  }

  private appendTable(
    prog: Prog,
    tables: readonly ExtRecords[],
    out: number[][],
    words: number,
    what: string,
  ): void {
    if (prog !== this.main && out.length === 0) return;
    const rows = this.infoRows(prog, tables, words);
    if (rows.length === 0 && out.length > 0) throw new LayoutError(`missing .BTF.ext ${what} info.`);
    for (const row of rows) out.push(row);
  }

  /** The records of one program with offsets in slots of the whole (adjust_prog_btf_ext_info()). */
  private infoRows(prog: Prog, tables: readonly ExtRecords[], words: number): number[][] {
    const table = tables.find((t) => sectionIndex(this.obj, t.sectionNameOff) === prog.secIdx);
    if (table === undefined) return [];
    const view = new DataView(table.data.buffer, table.data.byteOffset, table.data.byteLength);
    const end = prog.secInsnOff + prog.code.length;
    const shift = (this.starts.get(prog) ?? 0) - prog.secInsnOff;
    const rows: number[][] = [];
    for (let i = 0; i < table.count; i++) {
      const at = i * table.recSize;
      const slot = Math.floor(view.getUint32(at, true) / 8);
      if (slot < prog.secInsnOff) continue;
      if (slot >= end) break;
      const row = [slot + shift];
      for (let w = 1; w < words; w++) row.push(view.getUint32(at + 4 * w, true));
      rows.push(row);
    }
    return rows;
  }
}

/**
 * The called slot in .text. A global callee has imm -1 and the symbol's value; a static one the section's
 * symbol and its place in imm; without a relocation caller and callee share .text.
 */
function targetSlot(prog: Prog, at: number, insn: RawInsn, reloc: Reloc | undefined): number {
  if (reloc?.kind === 'call') return reloc.symOff / 8 + insn.imm + 1;
  if (reloc?.kind === 'subprogAddr') return (reloc.symOff + insn.imm) / 8;
  return prog.secInsnOff + at + insn.imm + 1;
}

const EXCEPTION_TAG = 'exception_callback:';

function exceptionCallback(obj: ObjectModel, main: Prog): string | null {
  const { btf } = obj;
  if (btf === null) return null;
  const found: string[] = [];
  for (let id = 1; id < btf.nrTypes; id++) {
    const tag = btf.kindOf(id) === 'decl_tag' ? btf.typeById(id) : null;
    if (tag?.kind !== 'decl_tag' || tag.componentIdx !== -1 || !tag.name.startsWith(EXCEPTION_TAG)) continue;
    const func = btf.typeById(tag.type);
    if (func.kind !== 'func' || func.linkage !== BTF_FUNC_GLOBAL) {
      throw new LayoutError('exception_callback:<value> decl tag not applied to the main program');
    }
    if (func.name === main.name) found.push(tag.name.slice(EXCEPTION_TAG.length));
  }
  // The verifier refuses more than one, so libbpf appends none.
  if (found.length !== 1) return null;
  if (found[0] === '') throw new LayoutError('exception_callback:<value> decl tag contains empty value');
  return found[0];
}
