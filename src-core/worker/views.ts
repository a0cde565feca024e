import type { Btf } from '../btf/btf.ts';
import { disasmKernel } from '../isa/disasm.ts';
import { LD_IMM64 } from '../isa/opcodes.ts';
import { BpfInsns } from '../isa/program.ts';
import type { ObjectSpec, ProgramSpec } from '../object/spec.ts';
import { helperName } from '../platform/helper-names.ts';
import { MAP_TYPE_NAMES } from '../platform/map-types.ts';
import { takesPacket } from '../sim/context-of.ts';
import { PROG_TYPE_NAMES } from '../uapi/prog-types.ts';
import type { InsnView, MapView, ProgramView } from './protocol.ts';

interface SourceLine {
  readonly line: number;
  readonly text: string;
}

/** Source lines by slot, from the program's line_info (`struct bpf_line_info`: 16 bytes a record). */
function sourceLines(prog: ProgramSpec, btf: Btf | null): Map<number, SourceLine> {
  const out = new Map<number, SourceLine>();
  if (btf === null) return out;
  const view = new DataView(prog.lineInfo.buffer, prog.lineInfo.byteOffset, prog.lineInfo.byteLength);
  for (let at = 0; at + 16 <= prog.lineInfo.length; at += 16) {
    out.set(view.getUint32(at, true), {
      line: view.getUint32(at + 12, true) >>> 10,
      text: btf.stringAt(view.getUint32(at + 8, true)).trim(),
    });
  }
  return out;
}

/** Text of slot `i` without the opcode, map loads by their map's name. */
function textOf(insns: BpfInsns, i: number, mapAt: ReadonlyMap<number, string>): string {
  const text = disasmKernel(insns, i, { helperName }).replace(/^\([0-9a-f]{2}\) /, '');
  const map = mapAt.get(i);
  return map === undefined ? text : text.replace(/= .*$/, `= ${map} ll`);
}

/** Line of the assembly text of each slot, by the functions that the program is laid out from. */
function asmLineOf(
  prog: ProgramSpec,
  asmLines: ReadonlyMap<string, readonly number[]>,
  slot: number,
): number | null {
  const part = prog.subprograms.findLast((s) => s.start <= slot);
  return part === undefined ? null : (asmLines.get(part.name)?.[slot - part.start] ?? null);
}

/** `asmLines`: lines of the assembly text by function; empty for compiled objects. */
function insnViews(
  prog: ProgramSpec,
  btf: Btf | null,
  asmLines: ReadonlyMap<string, readonly number[]>,
): InsnView[] {
  const insns = BpfInsns.fromBytes(prog.insns);
  const lines = sourceLines(prog, btf);
  const labels = new Map(prog.subprograms.map((s) => [s.start, s.name]));
  const mapAt = new Map(prog.fixups.flatMap((f) => (f.kind === 'ksym' ? [] : [[f.insn, f.map] as const])));
  const out: InsnView[] = [];
  let last: SourceLine | null = null;
  for (let slot = 0; slot < insns.length; slot += insns.code[slot] === LD_IMM64 ? 2 : 1) {
    last = lines.get(slot) ?? last;
    out.push({
      slot,
      text: textOf(insns, slot, mapAt),
      line: asmLineOf(prog, asmLines, slot) ?? last?.line ?? null,
      source: last?.text ?? null,
      label: labels.get(slot) ?? null,
    });
  }
  return out;
}

export function programView(
  spec: ObjectSpec,
  prog: ProgramSpec,
  asmLines: ReadonlyMap<string, readonly number[]>,
): ProgramView {
  return {
    name: prog.name,
    section: prog.section,
    type: PROG_TYPE_NAMES[prog.type] ?? `type ${prog.type}`,
    insns: insnViews(prog, spec.btf, asmLines),
    takesPacket: takesPacket(prog.type),
    kindGuess: prog.kindGuess,
    loadError: prog.loadError,
  };
}

export function mapViews(spec: ObjectSpec): MapView[] {
  return spec.maps.map((m, index) => ({
    index,
    name: m.name,
    type: MAP_TYPE_NAMES[m.type] ?? `type ${m.type}`,
    keySize: m.keySize,
    valueSize: m.valueSize,
    maxEntries: m.maxEntries,
  }));
}
