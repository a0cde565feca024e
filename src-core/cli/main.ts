import { InputError } from '../util/input-error.ts';
import { VmFault } from '../vm/fault.ts';
import { asmCommand } from './asm.ts';
import { conformanceCommand } from './conformance.ts';
import { disasmCommand } from './disasm.ts';
import { explainCommand } from './explain.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { EXIT, inputProblem, USAGE, UsageError } from './usage.ts';
import { verifyCommand } from './verify.ts';

const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => number>> = {
  verify: verifyCommand,
  run: runCommand,
  explain: explainCommand,
  replay: replayCommand,
  disasm: disasmCommand,
  asm: asmCommand,
  conformance: conformanceCommand,
};

function main(argv: readonly string[]): number {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.log(USAGE);
    return name === undefined ? EXIT.bad : EXIT.ok;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`no command "${name}"`);
  return command(rest);
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (e) {
  if (e instanceof UsageError) console.error(`xlated: ${e.message}\n\n${USAGE}`);
  else if (e instanceof InputError) console.error(inputProblem(e));
  else if (e instanceof VmFault)
    console.error(
      `xlated: the program was stopped${e.insn === null ? '' : ` at instruction ${e.insn}`}: ${e.message}`,
    );
  else throw e;
  process.exitCode = EXIT.bad;
}
