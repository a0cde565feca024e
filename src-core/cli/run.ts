import { loadProgram } from '../bpf/session.ts';
import { InputError } from '../util/input-error.ts';
import { count, oneOf, parse } from './args.ts';
import { chosenPrograms, loadFile, openInNode, readBytes, writeOutput } from './load-file.ts';
import { EXIT, UsageError } from './usage.ts';

/** Bytes as `bpftool prog run` prints them: 16 a line, offset first. */
function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = Array.from(row, (b, i) => (i === 8 ? ' ' : '') + b.toString(16).padStart(2, '0')).join(' ');
    const text = Array.from(row, (b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('');
    lines.push(`${at.toString(16).padStart(7, '0')}: ${hex.padEnd(48)}  ${text}`);
  }
  return lines.join('\n');
}

/** Writes a result to its file, or to the terminal for "-". */
function deliver(bytes: Uint8Array, to: string | null): void {
  if (to === null) return;
  if (to === '-') console.log(hexDump(bytes));
  else writeOutput(to, bytes);
}

/** `xlated run`: load the program, run it once (or --repeat times) on a packet or context. */
export function runCommand(argv: readonly string[]): number {
  const { values, files } = parse(argv, {
    prog: 'string',
    type: 'string',
    'data-in': 'string',
    'data-out': 'string',
    'ctx-in': 'string',
    'ctx-out': 'string',
    repeat: 'string',
    engine: 'string',
    json: 'boolean',
  } as const);
  if (files.length !== 1) throw new UsageError('run: name one file');
  const engine = oneOf('engine', values.engine, ['jit', 'interp'] as const, 'jit');
  const repeat = count('repeat', values.repeat, 1);
  const spec = loadFile(files[0], values);
  const [prog, more] = chosenPrograms(spec, values.prog);
  if (prog === undefined) throw new InputError(`${files[0]} has no program`);
  if (more !== undefined && values.prog === null)
    throw new UsageError(
      `run: ${files[0]} has several programs; choose one with --prog: ${spec.programs.map((p) => p.name).join(', ')}`,
    );
  const session = openInNode(spec);
  const outcome = loadProgram(session, prog, { level: 1, onEvent: null, shouldStop: null });
  if (outcome.fd === null) {
    console.error(`${prog.name}: ${outcome.verdict}: ${outcome.message ?? ''}`);
    if (outcome.log !== '') console.error(outcome.log.replace(/\n$/, ''));
    return outcome.verdict === 'reject'
      ? EXIT.rejected
      : outcome.verdict === 'unsupported'
        ? EXIT.unsupported
        : EXIT.bad;
  }
  const result = session.kernel.testRun(outcome.fd, {
    dataIn: values['data-in'] === null ? new Uint8Array(0) : readBytes(values['data-in']),
    ctxIn: values['ctx-in'] === null ? new Uint8Array(0) : readBytes(values['ctx-in']),
    repeat,
    engine,
  });
  if (!result.ok) throw new InputError(`the run was refused (errno ${result.errno}): ${result.why}`);
  deliver(result.dataOut, values['data-out']);
  deliver(result.ctxOut, values['ctx-out']);
  if (values.json) console.log(JSON.stringify({ retval: result.retval, duration: result.durationNs }));
  else
    console.log(
      `Return value: ${result.retval}, duration${repeat > 1 ? ' (average)' : ''}: ${result.durationNs}ns`,
    );
  return EXIT.ok;
}
