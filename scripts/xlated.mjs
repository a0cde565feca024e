// npm run xlated: builds the command line tool when a source is newer than it, then runs it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from './ensure-install.mjs';

const cli = join(root, 'dist/cli/xlated.js');

function newest(dir) {
  let latest = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return latest;
}

ensureInstalled();
if (!existsSync(cli) || statSync(cli).mtimeMs < newest(join(root, 'src-core'))) {
  const { buildCli } = await import('./build-cli.mjs');
  await buildCli();
}
// Paths on the command line are the caller's: npm changes to the package folder before it runs a script.
const result = spawnSync(process.execPath, [cli, ...process.argv.slice(2)], {
  stdio: 'inherit',
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
process.exit(result.status ?? 1);
