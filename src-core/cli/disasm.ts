import { printAssembly } from '../object/print-asm.ts';
import { helperName } from '../platform/helper-names.ts';
import { parse } from './args.ts';
import { chosenPrograms, loadFile } from './load-file.ts';
import { EXIT, UsageError } from './usage.ts';

/** `xlated disasm`: the object, or one program of it, as assembly text that `xlated asm` takes back. */
export function disasmCommand(argv: readonly string[]): number {
  const { values, files } = parse(argv, { prog: 'string' } as const);
  if (files.length !== 1) throw new UsageError('disasm: name one file');
  const spec = loadFile(files[0]);
  process.stdout.write(printAssembly({ ...spec, programs: chosenPrograms(spec, values.prog) }, helperName));
  return EXIT.ok;
}
