import { BpfInsns, type RawInsn } from '../isa/program.ts';
import { Cursor } from './cursor.ts';
import { type AsmDiagnostic, AsmFault, MAX_DIAGNOSTICS } from './diagnostics.ts';
import { parseDirective, parseSec } from './directives.ts';
import { emitObject } from './emit.ts';
import { type Meaning, Resolver, splitFunctions } from './functions.ts';
import { blankComments, lexLine, type Statement } from './lexer.ts';
import type { HelperId } from './parse-control.ts';
import { parseKernel, startsKernelSyntax } from './parse-kernel.ts';
import { parseMnemonic } from './parse-mnemonic.ts';
import { type CodeSection, isCode, type PlacedInsn, type Source } from './source.ts';
import { SourceBuilder } from './source-builder.ts';

export interface AsmOptions {
  /** Number of a helper by its name ("bpf_map_lookup_elem"), or null. */
  readonly helperId?: HelperId;
  /** BTF id of a kernel function that programs may call (`bpf_kfunc`), or null; asked for names that mean nothing else. */
  readonly kfuncId?: HelperId;
  /** All helper names, for suggestions. */
  readonly helperNames?: Iterable<string>;
  /** Adds line info, so that the verifier's log shows the assembly lines; the name of the file. */
  readonly lineInfoFile?: string;
}

/** The source line of each slot of one function of the object. */
export interface FunctionLines {
  readonly name: string;
  readonly lines: readonly number[];
}

export interface AsmResult {
  /** The ELF object, or null when there are diagnostics. */
  readonly object: Uint8Array | null;
  readonly diagnostics: readonly AsmDiagnostic[];
  /** By function; add the function's start in the final program to get its slots. */
  readonly lines: readonly FunctionLines[];
  /**
   * The instructions in the order of the text, jumps and calls between them resolved, references to maps
   * and data left 0: a program for an interpreter without a loader.
   */
  readonly flat: Uint8Array;
}

/** Assembles a text. Never throws for any text; at most 100 diagnostics. */
export function assemble(text: string, options: AsmOptions = {}): AsmResult {
  const helperId = options.helperId ?? (() => null);
  const diagnostics: AsmDiagnostic[] = [];
  const report = (d: AsmDiagnostic) => {
    if (diagnostics.length < MAX_DIAGNOSTICS) diagnostics.push(d);
  };
  const sourceLines = blankComments(text).split(/\r?\n/);
  const source = parseSource(sourceLines, helperId, diagnostics, report);
  const resolver = new Resolver(
    source,
    helperId,
    options.kfuncId ?? (() => null),
    options.helperNames ?? [],
    report,
  );
  const meanings = resolveAll(source, resolver);
  checkMaps(source, report);
  const functions = splitFunctions(source, meanings);
  const lineInfo =
    options.lineInfoFile === undefined
      ? null
      : { fileName: options.lineInfoFile, lines: text.split(/\r?\n/) };
  const empty = functions.length === 0 && source.maps.size === 0 && source.data.length === 0;
  if (empty && diagnostics.length === 0) {
    report(
      new AsmFault(
        'there is nothing to assemble',
        { line: 1, column: 1, length: 1 },
        'r0 = 0',
      ).toDiagnostic(),
    );
  }
  const object =
    diagnostics.length === 0 ? emitObject(source, functions, meanings, { lineInfo, report }) : null;
  return {
    object: diagnostics.length === 0 ? object : null,
    diagnostics: diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column),
    lines: functions.map((fn) => ({
      name: fn.name,
      lines: fn.insns.flatMap((insn) => insn.slots.map(() => insn.line)),
    })),
    flat: flatten(source, meanings),
  };
}

function parseSource(
  lines: readonly string[],
  helperId: HelperId,
  diagnostics: readonly AsmDiagnostic[],
  report: (d: AsmDiagnostic) => void,
): Source {
  const builder = new SourceBuilder();
  for (const [i, line] of lines.entries()) {
    if (diagnostics.length >= MAX_DIAGNOSTICS) break;
    guarded(report, () => {
      for (const statement of lexLine(line, i + 1)) {
        guarded(report, () => parseStatement(new Cursor(statement), builder, helperId));
      }
    });
  }
  return builder.source;
}

/** Runs one statement; what is wrong with it is reported and the next one goes on. */
function guarded(report: (d: AsmDiagnostic) => void, run: () => void): void {
  try {
    run();
  } catch (e) {
    if (!(e instanceof AsmFault)) throw e;
    report(e.toDiagnostic());
  }
}

function parseStatement(cur: Cursor, builder: SourceBuilder, helperId: HelperId): void {
  while (cur.peek()?.kind === 'word' && cur.at(':', 1)) {
    const label = cur.word('a label');
    cur.next();
    builder.label(label.text, label);
  }
  const first = cur.peek();
  if (first === null) return;
  if (first.kind === 'word' && first.text.startsWith('.')) parseDirective(cur, builder);
  else if (cur.at('SEC') && cur.at('(', 1)) parseSec(cur, builder);
  else {
    const parsed = startsKernelSyntax(cur) ? parseKernel(cur, helperId) : parseMnemonic(cur, helperId);
    cur.end();
    builder.insn(parsed, statementPlace(cur.statement));
    return;
  }
  cur.end();
}

function statementPlace({ tokens, end }: Statement) {
  const [first] = tokens;
  return { line: first.line, column: first.column, length: Math.max(1, end.column - first.column) };
}

function resolveAll(source: Source, resolver: Resolver): Map<PlacedInsn, Meaning> {
  const out = new Map<PlacedInsn, Meaning>();
  for (const section of source.code) {
    for (const insn of section.insns) {
      if (insn.ref !== null) out.set(insn, resolver.resolve(section, insn));
    }
  }
  return out;
}

function checkMaps(source: Source, report: (d: AsmDiagnostic) => void): void {
  for (const map of source.maps.values()) {
    const { inner } = map;
    if (inner === null) continue;
    const target = source.maps.get(inner.name);
    if (target === undefined) {
      report(new AsmFault(`map '${inner.name}' is not defined`, inner.place, 'a map').toDiagnostic());
    } else if (target.inner !== null) {
      report(
        new AsmFault(
          `map '${inner.name}' has an inner map itself`,
          inner.place,
          'a plain map',
        ).toDiagnostic(),
      );
    }
  }
}

/** All code sections one behind the other. */
function flatten(source: Source, meanings: ReadonlyMap<PlacedInsn, Meaning>): Uint8Array {
  const bases = new Map<CodeSection, number>();
  let total = 0;
  for (const section of source.code) {
    bases.set(section, total);
    total += section.slots;
  }
  const out: RawInsn[] = [];
  for (const section of source.code) {
    for (const insn of section.insns) out.push(...flatSlots(insn, meanings.get(insn), out.length, bases));
  }
  return BpfInsns.fromRaw(out).toBytes();
}

function flatSlots(
  insn: PlacedInsn,
  meaning: Meaning | undefined,
  here: number,
  bases: ReadonlyMap<CodeSection, number>,
): readonly RawInsn[] {
  const [first, ...rest] = insn.slots;
  if (meaning?.kind === 'helper') return [{ ...first, src: 0, imm: meaning.id }];
  if (meaning?.kind !== 'slot' || !isCode(meaning.section)) return insn.slots;
  const distance = (bases.get(meaning.section) ?? 0) + meaning.slot - here - 1;
  if (insn.ref?.kind === 'jump') return [{ ...first, [insn.ref.field]: distance }, ...rest];
  return insn.ref?.kind === 'address' ? insn.slots : [{ ...first, imm: distance }];
}
