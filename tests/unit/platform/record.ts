/** Records what the running kernel says: `npx tsx tests/unit/platform/record.ts`, as root. */
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { askKernel } from './ask-kernel.ts';

const answers = {
  kernel: release(),
  date: new Date().toISOString().slice(0, 10),
  command: 'npx tsx tests/unit/platform/record.ts',
  ...askKernel(),
};
writeFileSync(new URL('./kernel-answers.json', import.meta.url), `${JSON.stringify(answers, null, 2)}\n`);
