import type { ObjectSpec, ProgramSpec } from '../object/spec.ts';

/** A place in a program: the instruction, and the line of source that it comes from where line info tells. */
export interface Spot {
  readonly insn: number;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** The line itself. */
  readonly text: string | null;
}

/** Assembly text that a program was made from. */
export interface AsmSource {
  readonly file: string;
  readonly text: string;
  /** Line, from 1, of each slot of a function, by the function's name. */
  readonly lines: ReadonlyMap<string, readonly number[]>;
}

interface Row {
  readonly insn: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** Source places of a program's instructions: of its assembly, or by its line_info (`struct bpf_line_info`). */
export class SourceMap {
  private readonly rows: readonly Row[];

  constructor(
    spec: ObjectSpec,
    private readonly prog: ProgramSpec,
    private readonly asm: AsmSource | null = null,
  ) {
    const { btf } = spec;
    const view = new DataView(prog.lineInfo.buffer, prog.lineInfo.byteOffset, prog.lineInfo.byteLength);
    const rows: Row[] = [];
    for (let at = 0; btf !== null && at + 16 <= prog.lineInfo.length; at += 16) {
      const place = view.getUint32(at + 12, true);
      rows.push({
        insn: view.getUint32(at, true),
        file: btf.stringAt(view.getUint32(at + 4, true)),
        line: place >>> 10,
        column: place & 0x3ff,
        text: btf.stringAt(view.getUint32(at + 8, true)).trim(),
      });
    }
    this.rows = rows;
  }

  private asmSpot(insn: number): Spot | null {
    const part = this.prog.subprograms.findLast((s) => s.start <= insn);
    const line = part === undefined ? undefined : this.asm?.lines.get(part.name)?.[insn - part.start];
    if (this.asm === null || line === undefined) return null;
    const text = this.asm.text.split('\n')[line - 1]?.trim() ?? null;
    return { insn, file: this.asm.file, line, column: 1, text };
  }

  spot(insn: number): Spot {
    const written = this.asmSpot(insn);
    if (written !== null) return written;
    const row = this.rows.findLast((r) => r.insn <= insn);
    if (row === undefined) return { insn, file: null, line: null, column: null, text: null };
    const { file, line, column, text } = row;
    return { insn, file, line, column, text };
  }
}
