import { describe, expect, it } from 'vitest';
import { oracleMissing } from '../kernel/oracle.ts';
import { runningBtf } from '../kernel/running-btf.ts';
import { compareXlated } from '../kernel/xlated.ts';
import { projectPrograms, specOf } from '../support/project-programs.ts';

const TOPICS = [...new Set(projectPrograms().map((p) => p.id.split('/')[0]))];

describe.skipIf(oracleMissing() !== null)('the rewritten program', () => {
  it.each(TOPICS)(
    "is the kernel's, up to addresses, where it is modelled: %s",
    { timeout: 60_000 },
    (topic) => {
      const programs = projectPrograms().filter((p) => p.id.startsWith(`${topic}/`));
      const different = programs.flatMap((program) => {
        const spec = specOf(program, runningBtf);
        const found = compareXlated(spec, spec.programs[0], runningBtf);
        return found.kind === 'different'
          ? [`${program.id}: kernel ${found.kernel}, ours ${found.ours}`]
          : [];
      });
      expect(different).toEqual([]);
    },
  );
});
