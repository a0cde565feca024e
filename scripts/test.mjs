// npm test: installs what is missing, then every check of the project, with a summary at the end.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, root } from './ensure-install.mjs';

ensureInstalled();
const { findChromium } = await import('./find-chromium.mjs');
const chromium = await findChromium();
if (chromium === null) {
  console.error(
    'No Chromium was found for the browser tests: install one (Debian: apt-get install chromium; elsewhere: npx playwright install chromium) or set CHROMIUM to its path.',
  );
  process.exit(1);
}

const bin = (name) => join(root, 'node_modules', '.bin', name);
const STEPS = [
  ['type check', bin('tsc'), ['--noEmit', '-p', '.']],
  ['lint and format', bin('biome'), ['check', '--error-on-warnings', '.']],
  [
    'layer rules',
    bin('depcruise'),
    ['--config', '.dependency-cruiser.cjs', 'src-core', 'app', 'tests', 'e2e'],
  ],
  ['unit, golden and differential tests', bin('vitest'), ['run']],
  ['build and size budget', process.execPath, ['scripts/size-budget.mjs']],
  ['browser tests', bin('playwright'), ['test']],
];

const only = process.argv.slice(2);
let failed = 0;
const rows = [];
for (const [name, command, args] of STEPS) {
  if (only.length > 0 && !only.some((word) => name.includes(word))) continue;
  console.log(`\n== ${name}`);
  const start = performance.now();
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CHROMIUM: chromium },
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (status !== 0) failed++;
  rows.push(`${status === 0 ? 'ok  ' : 'FAIL'}  ${name} (${seconds} s)`);
}
console.log(`\n${rows.join('\n')}\n${rows.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
