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

interface Row {
  readonly insn: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** Source places of a program's instructions, by its line_info (`struct bpf_line_info`). */
export class SourceMap {
  private readonly rows: readonly Row[];

  constructor(spec: ObjectSpec, prog: ProgramSpec) {
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

  spot(insn: number): Spot {
    const row = this.rows.findLast((r) => r.insn <= insn);
    if (row === undefined) return { insn, file: null, line: null, column: null, text: null };
    const { file, line, column, text } = row;
    return { insn, file, line, column, text };
  }
}
