/** Records the kernel's logs of CASES: `npx tsx tests/unit/verifier/passes/record.ts`, as root. */
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { askKernel } from './ask-kernel.ts';
import { CASES } from './cases.ts';

const recorded = {
  kernel: release(),
  date: new Date().toISOString().slice(0, 10),
  command: 'npx tsx tests/unit/verifier/passes/record.ts',
  cases: Object.fromEntries(CASES.map((c) => [c.name, askKernel(c)])),
};
writeFileSync(new URL('./kernel-logs.json', import.meta.url), `${JSON.stringify(recorded, null, 2)}\n`);
