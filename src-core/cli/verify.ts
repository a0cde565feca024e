import { basename, join } from 'node:path';
import { loadProgram, type ObjectSession } from '../bpf/session.ts';
import type { ProgramSpec } from '../object/spec.ts';
import { PROG_TYPE_NAMES } from '../uapi/prog-types.ts';
import { readableText } from '../util/byte-text.ts';
import { InputError } from '../util/input-error.ts';
import { oneOf, parse } from './args.ts';
import { chosenPrograms, loadFile, makeFolder, openInNode, writeOutput } from './load-file.ts';
import { EXIT, exitStatus, inputProblem, UsageError } from './usage.ts';

/** One line of `verify --json`; the field names are the interface. */
interface Row {
  readonly file: string;
  readonly prog: string;
  readonly section: string;
  readonly type: string;
  readonly verdict: 'accept' | 'reject' | 'unsupported' | 'error';
  readonly errno: number | null;
  readonly message: string | null;
  readonly processed: number;
  readonly maxStatesPerInsn: number;
  readonly totalStates: number;
  readonly peakStates: number;
  readonly markRead: number;
  readonly durationUs: number;
  readonly insns: number;
  readonly log?: string;
}

function rowOf(
  file: string,
  session: ObjectSession,
  prog: ProgramSpec,
  level: number,
): Row & { readonly log: string } {
  const start = performance.now();
  const result = loadProgram(session, prog, {
    level,
    onEvent: null,
    shouldStop: null,
  });
  return {
    file,
    prog: prog.name,
    section: prog.section,
    type: PROG_TYPE_NAMES[prog.type] ?? String(prog.type),
    verdict: result.verdict,
    errno: result.errno,
    message: result.message,
    ...result.stats,
    durationUs: Math.round((performance.now() - start) * 1000),
    insns: prog.insns.length / 8,
    log: result.log,
  };
}

function printRow(
  row: Row & { readonly log: string },
  json: boolean,
  level: number,
  logDir: string | null,
): void {
  const { log, ...rest } = row;
  if (logDir !== null && level > 0) writeOutput(join(logDir, `${basename(row.file)}__${row.prog}.log`), log);
  const shown = level > 0 && logDir === null;
  if (json) {
    console.log(JSON.stringify(shown ? { ...rest, log: readableText(log) } : rest));
    return;
  }
  const hint = row.type === 'unspec' ? ' (choose one with --type TYPE[/ATTACH])' : '';
  const why = row.message === null ? '' : `: ${row.message}${hint}`;
  console.log(
    `${row.file} ${row.prog} (${row.type}): ${row.verdict}${row.errno === null ? '' : ` errno ${row.errno}`}${why}`,
  );
  if (shown && log !== '') console.log(readableText(log).replace(/\n$/, ''));
}

/** `xlated verify` */
export function verifyCommand(argv: readonly string[]): number {
  const { values, files } = parse(argv, {
    'log-level': 'string',
    'log-dir': 'string',
    prog: 'string',
    type: 'string',
    json: 'boolean',
  } as const);
  if (files.length === 0) throw new UsageError('verify: name at least one file');
  const level = Number(
    oneOf('log-level', values['log-level'], ['0', '1', '2', '4'] as const, values.json ? '0' : '1'),
  );
  if (values['log-dir'] !== null) makeFolder(values['log-dir']);
  const rows: Row[] = [];
  let unreadable = false;
  for (const file of files) {
    try {
      const spec = loadFile(file, values);
      const session = openInNode(spec);
      for (const prog of chosenPrograms(spec, values.prog)) {
        const row = rowOf(file, session, prog, level);
        printRow(row, values.json, level, values['log-dir']);
        rows.push(row);
      }
    } catch (e) {
      // One file that cannot be read does not keep the others from being verified.
      if (!(e instanceof InputError)) throw e;
      console.error(inputProblem(e));
      unreadable = true;
    }
  }
  return unreadable ? EXIT.bad : exitStatus(rows);
}
