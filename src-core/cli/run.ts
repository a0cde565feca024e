import type { TestRunResult } from '../bpf/commands/test-run.ts';
import { mapContents } from '../bpf/contents.ts';
import { fillProgramSlots } from '../bpf/loader.ts';
import { type LoadOutcome, loadProgram, type ObjectSession } from '../bpf/session.ts';
import type { ObjectSpec, ProgramSpec } from '../object/spec.ts';
import { readCapture } from '../sim/pcap.ts';
import { InputError } from '../util/input-error.ts';
import { count, oneOf, parse } from './args.ts';
import { chosenPrograms, loadFile, openInNode, readBytes, writeOutput } from './load-file.ts';
import { hexDump, mapText, runAsJson } from './run-output.ts';
import { EXIT, UsageError } from './usage.ts';

const OPTIONS = {
  prog: 'string',
  type: 'string',
  'data-in': 'strings',
  'data-out': 'string',
  'ctx-in': 'string',
  'ctx-out': 'string',
  pcap: 'string',
  repeat: 'string',
  engine: 'string',
  maps: 'boolean',
  json: 'boolean',
} as const;
const NOTHING = new Uint8Array(0);

/** Writes a result to its file, or to the terminal for "-". */
function deliver(bytes: Uint8Array, to: string | null): void {
  if (to === null) return;
  if (to === '-') console.log(hexDump(bytes));
  else writeOutput(to, bytes);
}

/** The program to run. */
function theProgram(spec: ObjectSpec, name: string | null, file: string): ProgramSpec {
  const [prog, more] = chosenPrograms(spec, name);
  if (prog === undefined) throw new InputError(`${file} has no program`);
  if (more !== undefined && name === null)
    throw new UsageError(
      `run: ${file} has several programs; choose one with --prog: ${spec.programs.map((p) => p.name).join(', ')}`,
    );
  return prog;
}

const load = (session: ObjectSession, prog: ProgramSpec): LoadOutcome =>
  loadProgram(session, prog, { level: 1, onEvent: null, shouldStop: null });

/** Loads the programs that prog arrays of the object start with: the program may jump to them. */
function loadCallees(session: ObjectSession, prog: ProgramSpec, fd: number): void {
  const { spec, kernel, maps } = session;
  const named = new Set(spec.maps.flatMap((map) => map.initialSlots.map(({ target }) => target)));
  for (const callee of spec.programs) if (named.has(callee.name) && callee !== prog) load(session, callee);
  if (maps.ok) fillProgramSlots(kernel, spec, maps.fds, { name: prog.name, fd });
}

function refused(prog: ProgramSpec, outcome: LoadOutcome): number {
  console.error(`${prog.name}: ${outcome.verdict}: ${outcome.message ?? ''}`);
  if (outcome.log !== '') console.error(outcome.log.replace(/\n$/, ''));
  if (outcome.verdict === 'reject') return EXIT.rejected;
  return outcome.verdict === 'unsupported' ? EXIT.unsupported : EXIT.bad;
}

/** The packets to run on, one after the other; one run without a packet when none is named. */
function packetsOf(files: readonly string[], pcap: string | null): Uint8Array[] {
  const packets = files.map(readBytes);
  if (pcap !== null) packets.push(...readCapture(readBytes(pcap)).map(({ data }) => data));
  return packets.length === 0 ? [NOTHING] : packets;
}

function printRuns(runs: readonly TestRunResult[], repeat: number): void {
  for (const run of runs) {
    if (!run.ok) throw new InputError(`the run was refused (errno ${run.errno}): ${run.why}`);
    for (const line of run.trace) console.error(line);
    const average = repeat > 1 ? ' (average)' : '';
    console.log(`Return value: ${run.retval}, duration${average}: ${run.durationNs}ns`);
  }
}

/** `xlated run`: load the program, run it on one packet or context after the other, in one kernel. */
export function runCommand(argv: readonly string[]): number {
  const { values, files } = parse(argv, OPTIONS);
  if (files.length !== 1) throw new UsageError('run: name one file');
  const engine = oneOf('engine', values.engine, ['jit', 'interp'] as const, 'jit');
  const repeat = count('repeat', values.repeat, 1);
  const spec = loadFile(files[0], values);
  const prog = theProgram(spec, values.prog, files[0]);
  const session = openInNode(spec);
  const outcome = load(session, prog);
  const { fd } = outcome;
  if (fd === null) return refused(prog, outcome);
  loadCallees(session, prog, fd);
  const ctxIn = values['ctx-in'] === null ? NOTHING : readBytes(values['ctx-in']);
  const runs = packetsOf(values['data-in'], values.pcap).map((dataIn) =>
    session.kernel.testRun(fd, { dataIn, ctxIn, repeat, engine }),
  );
  const last = runs.at(-1);
  if (last?.ok) {
    deliver(last.dataOut, values['data-out']);
    deliver(last.ctxOut, values['ctx-out']);
  }
  const maps = mapContents(session);
  if (values.json) console.log(JSON.stringify(runAsJson({ file: files[0], prog: prog.name, runs, maps })));
  else {
    printRuns(runs, repeat);
    if (values.maps) console.log(mapText(maps));
  }
  return runs.every((run) => run.ok) ? EXIT.ok : EXIT.bad;
}
