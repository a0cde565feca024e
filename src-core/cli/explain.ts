import { loadProgram, type ObjectSession } from '../bpf/session.ts';
import type { Fix } from '../explain/fixes.ts';
import type { AsmSource, Spot } from '../explain/spots.ts';
import { type Why, whyRefused } from '../explain/why.ts';
import type { ProgramSpec } from '../object/spec.ts';
import { readableText } from '../util/byte-text.ts';
import { InputError } from '../util/input-error.ts';
import { parse } from './args.ts';
import { asmSourceOf, chosenPrograms, loadFile, openInNode } from './load-file.ts';
import { EXIT, exitStatus, inputProblem, UsageError } from './usage.ts';

/** One line of `explain --json`; the field names are the interface. */
interface Row {
  readonly file: string;
  readonly prog: string;
  readonly verdict: 'accept' | 'reject' | 'unsupported' | 'error';
  readonly id: string | null;
  readonly category: string | null;
  readonly sentence: string | null;
  readonly at: Omit<Spot, 'text'> | null;
  readonly cause: readonly { insn: number; file: string | null; line: number | null; what: string }[];
  readonly root: { insn: number; file: string | null; line: number | null } | null;
  readonly rule: string | null;
  readonly witness: string | null;
  readonly fixes: readonly Fix[];
  readonly message: string | null;
}

const QUIET = { level: 0, onEvent: null, shouldStop: null } as const;

const rowOf = (file: string, prog: ProgramSpec, verdict: Row['verdict'], message: string | null): Row => ({
  file,
  prog: prog.name,
  verdict,
  id: null,
  category: null,
  sentence: null,
  at: null,
  cause: [],
  root: null,
  rule: null,
  witness: null,
  fixes: [],
  message,
});

function withWhy(row: Row, why: Why): Row {
  const { text: _, ...at } = why.at ?? { text: null };
  return {
    ...row,
    id: why.id,
    category: why.category,
    sentence: why.sentence,
    at: why.at === null ? null : (at as Omit<Spot, 'text'>),
    cause: why.cause.map(({ insn, file, line, what }) => ({ insn, file, line, what })),
    root: why.root === null ? null : { insn: why.root.insn, file: why.root.file, line: why.root.line },
    rule: why.rule,
    witness: why.witness,
    fixes: why.fix === null ? [] : [why.fix],
  };
}

function explainProgram(
  file: string,
  session: ObjectSession,
  prog: ProgramSpec,
  asm: AsmSource | null,
): { row: Row; why: Why | null } {
  const outcome = loadProgram(session, prog, QUIET);
  if (outcome.fd !== null) session.kernel.close(outcome.fd);
  const row = rowOf(file, prog, outcome.verdict, outcome.message);
  if (outcome.verdict === 'error') {
    const sentence = 'libbpf does not bring this program to the kernel.';
    return { row: { ...row, id: 'XL-LOAD-1', category: 'program structure', sentence }, why: null };
  }
  const why = outcome.verdict === 'reject' ? whyRefused(session, prog, asm) : null;
  return { row: why === null ? row : withWhy(row, why), why };
}

const placeText = (spot: Spot): string =>
  spot.line === null ? `instruction ${spot.insn}` : `${spot.file}:${spot.line} (instruction ${spot.insn})`;

function printText(row: Row, why: Why | null): void {
  const out = [`${row.file} ${row.prog}: ${row.verdict}`];
  if (row.sentence !== null) out.push(`  ${row.sentence} [${row.id}, ${row.category}]`);
  if (why !== null) {
    if (why.at !== null)
      out.push(`  refused: ${placeText(why.at)}${why.at.text === null ? '' : `: ${why.at.text}`}`);
    if (why.rule !== null) out.push(`  needs: ${why.rule}`);
    if (why.cause.length > 0) out.push('  how it came to this:');
    for (const c of why.cause) out.push(`    ${placeText(c)}: ${c.what}`);
    if (why.root !== null) out.push(`  look at: ${placeText(why.root)}`);
    if (why.witness !== null) out.push(`  breaks with: ${why.witness}`);
    out.push(`  in general: ${why.advice}`);
  }
  for (const fix of row.fixes) {
    out.push(
      `  a change that the verifier takes: ${fix.what}`,
      ...fix.diff.split('\n').map((l) => `    ${l}`),
    );
  }
  if (row.message !== null) out.push(`  the kernel says: ${row.message}`);
  console.log(readableText(out.join('\n')));
}

/** `xlated explain` */
export function explainCommand(argv: readonly string[]): number {
  const { values, files } = parse(argv, { prog: 'string', type: 'string', json: 'boolean' } as const);
  if (files.length === 0) throw new UsageError('explain: name at least one file');
  const rows: Row[] = [];
  let unreadable = false;
  for (const file of files) {
    try {
      const spec = loadFile(file, values);
      const session = openInNode(spec);
      const asm = asmSourceOf(file);
      for (const prog of chosenPrograms(spec, values.prog)) {
        const { row, why } = explainProgram(file, session, prog, asm);
        if (values.json) console.log(JSON.stringify(row));
        else printText(row, why);
        rows.push(row);
      }
    } catch (e) {
      // One file that cannot be read does not keep the others from being explained.
      if (!(e instanceof InputError)) throw e;
      console.error(inputProblem(e));
      unreadable = true;
    }
  }
  return unreadable ? EXIT.bad : exitStatus(rows);
}
