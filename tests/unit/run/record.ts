/** npx tsx tests/unit/run/record.ts: asks the running kernel what the programs of this folder do. Needs root. */
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { oracleMissing } from '../../kernel/oracle.ts';
import { ANSWERS, kernelAnswer, readable, runCases } from './cases.ts';

const missing = oracleMissing();
if (missing !== null) throw new Error(missing);
const answers = Object.fromEntries(runCases().map((c) => [c.id, readable(kernelAnswer(c))]));
writeFileSync(ANSWERS, `${JSON.stringify({ kernel: release(), answers }, null, 2)}\n`);
