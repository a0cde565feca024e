import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface CliRun {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Builds the command as it is shipped. */
export function buildCommand(): void {
  const built = spawnSync(process.execPath, ['scripts/build-cli.mjs'], { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
}

/** A folder of its own in which the command is run, and which is gone afterwards. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'xlated-cli-'));

  path(name: string): string {
    return join(this.folder, name);
  }
  put(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return name;
  }
  get(name: string): Buffer {
    return readFileSync(this.path(name));
  }
  run(args: readonly string[], input = ''): CliRun {
    const r = spawnSync(process.execPath, [join(ROOT, 'dist/cli/xlated.js'), ...args], {
      cwd: this.folder,
      input,
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status: r.status, out: r.stdout, err: r.stderr };
  }
  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
