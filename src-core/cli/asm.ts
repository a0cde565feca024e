import { parse } from './args.ts';
import { assembleFile, writeOutput } from './load-file.ts';
import { EXIT, UsageError } from './usage.ts';

/** `xlated asm FILE.s -o FILE.o` */
export function asmCommand(argv: readonly string[]): number {
  const { values, files } = parse(argv, { o: 'string' } as const);
  if (files.length !== 1 || values.o === null) throw new UsageError('asm: FILE.s -o FILE.o');
  writeOutput(values.o, assembleFile(files[0]));
  return EXIT.ok;
}
