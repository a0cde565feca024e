/**
 * npm run goldens [-- WORD...]: asks the live kernel about the project's programs (those whose id has a WORD) and
 * writes its answers to tests/golden/verifier. What changed is shown before it is written.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { firstDifference, parseGolden, printGolden } from '../support/golden.ts';
import {
  type ProjectProgram,
  projectPrograms,
  RUN_PACKETS,
  runText,
  specOf,
} from '../support/project-programs.ts';
import { loadOnKernel, openOnKernel } from './load-on-kernel.ts';
import { closeFd, normalizeLog, oracleMissing } from './oracle.ts';
import { runOnKernel } from './run-on-kernel.ts';
import { runningBtf } from './running-btf.ts';

/** The sections of a golden: verdict, log at both levels, and what runs on the packets gave. */
function askKernel(program: ProjectProgram): Map<string, string> {
  const spec = specOf(program, runningBtf);
  const object = openOnKernel(spec);
  if (object.problem !== null) throw new Error(`${program.id}: ${object.problem}`);
  const sections = new Map<string, string>();
  const [prog] = spec.programs;
  try {
    for (const level of [2, 1] as const) {
      const loaded = loadOnKernel(spec, prog, object, level);
      if (loaded === null) throw new Error(`${program.id}: refers to an absent map`);
      sections.set('verdict', loaded.fd === null ? `reject ${loaded.errno}` : 'accept');
      sections.set(`log level ${level}`, normalizeLog(loaded.log));
      if (loaded.fd !== null && level === 1 && program.noRun === null) {
        RUN_PACKETS.forEach((packet, i) => {
          const run = runOnKernel(spec, object, loaded.fd as number, packet);
          sections.set(`run ${i}`, 'errno' in run ? `errno ${run.errno}` : runText(run));
        });
      }
      if (loaded.fd !== null) closeFd(loaded.fd);
    }
    return sections;
  } finally {
    object.close();
  }
}

function record(program: ProjectProgram): boolean {
  const sections = askKernel(program);
  const before = existsSync(program.golden) ? parseGolden(readFileSync(program.golden, 'utf8')) : null;
  const body = (s: ReadonlyMap<string, string>): string =>
    printGolden({ kernel: '', recorded: '', sections: s });
  const difference = before === null ? 'new' : firstDifference(body(before.sections), body(sections));
  if (difference === null) return false;
  console.log(`${program.id}: ${difference}`);
  mkdirSync(dirname(program.golden), { recursive: true });
  const recorded = new Date().toISOString().slice(0, 10);
  writeFileSync(
    program.golden,
    printGolden({ kernel: `Linux ${release()} x86-64`, recorded, sections }),
    'latin1',
  );
  return true;
}

const missing = oracleMissing();
if (missing !== null) {
  console.error(`Goldens are recorded from a live kernel; there is none here: ${missing}.`);
  process.exit(2);
}
const words = process.argv.slice(2);
const programs = projectPrograms().filter((p) => words.length === 0 || words.some((w) => p.id.includes(w)));
const written = programs.filter(record).length;
console.log(`${programs.length} programs asked, ${written} goldens written`);
