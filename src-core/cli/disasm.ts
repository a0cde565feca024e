import { disasmKernel } from '../isa/disasm.ts';
import { LD_IMM64 } from '../isa/opcodes.ts';
import { BpfInsns } from '../isa/program.ts';
import { helperName } from '../platform/helper-names.ts';
import { parse } from './args.ts';
import { chosenPrograms, loadFile } from './load-file.ts';
import { EXIT, UsageError } from './usage.ts';

/** `xlated disasm`: the instructions of each program as the kernel's log writes them, one a line. */
export function disasmCommand(argv: readonly string[]): number {
  const { values, files } = parse(argv, { prog: 'string' } as const);
  if (files.length !== 1) throw new UsageError('disasm: name one file');
  const spec = loadFile(files[0]);
  for (const prog of chosenPrograms(spec, values.prog)) {
    console.log(`; ${prog.section}: ${prog.name}`);
    const insns = BpfInsns.fromBytes(prog.insns);
    const names = new Map(prog.subprograms.map((s) => [s.start, s.name]));
    const maps = new Map(prog.fixups.flatMap((f) => (f.kind === 'ksym' ? [] : [[f.insn, f.map] as const])));
    for (let i = 0; i < insns.length; i++) {
      const name = names.get(i);
      if (name !== undefined) console.log(`${name}:`);
      const map = maps.get(i);
      console.log(`${disasmKernel(insns, i, { helperName })}${map === undefined ? '' : ` ; map ${map}`}`);
      if (insns.code[i] === LD_IMM64) i++;
    }
  }
  return EXIT.ok;
}
