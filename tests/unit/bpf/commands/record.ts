/** npx tsx tests/unit/bpf/commands/record.ts: asks the running kernel what it answers to the cases here. Needs root. */
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { liveKernel, mountBpffs } from '../../../kernel/live-bpf.ts';
import { oracleMissing } from '../../../kernel/oracle.ts';
import { CASES } from './cases.ts';
import { transcript } from './world.ts';

const missing = oracleMissing();
if (missing !== null) throw new Error(missing);
mountBpffs();
const answers = Object.fromEntries(CASES.map((c) => [c.name, transcript(c, liveKernel)]));
const file = fileURLToPath(new URL('answers.json', import.meta.url));
writeFileSync(file, `${JSON.stringify({ kernel: release(), answers }, null, 1)}\n`);
