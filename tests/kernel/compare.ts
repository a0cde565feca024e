/**
 * npm run kernel:compare -- [--quiet] [--json] [--level 1|2] FILE|DIR...
 * Every program of every object on the live kernel and in src-core, side by side.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { InputError } from '../../src-core/util/input-error.ts';
import { type Comparison, compareObject, loadSpec } from './compare-object.ts';
import { oracleMissing } from './oracle.ts';
import { runningBtf } from './running-btf.ts';

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => {
      const child = join(path, name);
      return statSync(child).isDirectory() ? filesOf(child) : child.endsWith('.o') ? [child] : [];
    });
}

function compareFile(file: string, level: 1 | 2): Comparison[] {
  try {
    const spec = loadSpec(
      new Uint8Array(readFileSync(file)),
      basename(file).replace(/(\.bpf)?\.o$/, ''),
      runningBtf,
    );
    return compareObject(file, spec, runningBtf, level);
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    const none = {
      sameVerdict: false,
      sameErrorLine: false,
      sameCounters: false,
      sameLog: false,
      firstDifference: null,
    };
    return [{ file, prog: '', section: '', ours: 'error', kernel: 'none', note: e.message, ...none }];
  }
}

function table(rows: readonly Comparison[]): string {
  const compared = rows.filter((r) => r.kernel !== 'none');
  const share = (label: string, same: (r: Comparison) => boolean): string => {
    const n = compared.filter(same).length;
    const percent = compared.length === 0 ? '-' : `${((100 * n) / compared.length).toFixed(1)} %`;
    return `${label.padEnd(18)}${String(n).padStart(6)}  ${percent}`;
  };
  const notCompared = rows.filter((r) => r.kernel === 'none');
  return [
    `${'programs'.padEnd(18)}${String(rows.length).padStart(6)}  in ${new Set(rows.map((r) => r.file)).size} files`,
    `${'compared'.padEnd(18)}${String(compared.length).padStart(6)}`,
    share('same verdict', (r) => r.sameVerdict),
    share('same error line', (r) => r.sameErrorLine),
    share('same counters', (r) => r.sameCounters),
    share('same whole log', (r) => r.sameLog),
    `${'unsupported'.padEnd(18)}${String(notCompared.filter((r) => r.ours === 'unsupported').length).padStart(6)}`,
    `${'not loadable'.padEnd(18)}${String(notCompared.filter((r) => r.ours !== 'unsupported').length).padStart(6)}`,
  ].join('\n');
}

function differences(rows: readonly Comparison[]): string {
  return rows
    .filter((r) => r.kernel !== 'none' && !(r.sameLog && r.sameVerdict))
    .map((r) => {
      const d = r.firstDifference;
      const where =
        d === null
          ? `  verdict: kernel ${r.kernel}, ours ${r.ours}`
          : `  line ${d.line}\n    kernel: ${d.kernel}\n    ours:   ${d.ours}`;
      return `${r.file} ${r.prog}\n${where}`;
    })
    .join('\n');
}

function unsupported(rows: readonly Comparison[]): string {
  return rows
    .filter((r) => r.kernel === 'none')
    .map((r) => `${r.file} ${r.prog}: ${r.ours}: ${r.note ?? ''}`)
    .join('\n');
}

const { values, positionals } = parseArgs({
  options: { quiet: { type: 'boolean' }, json: { type: 'boolean' }, level: { type: 'string' } },
  allowPositionals: true,
});
const missing = oracleMissing();
if (missing !== null) {
  console.error(`There is no oracle here: ${missing}.`);
  process.exit(2);
}
const rows = positionals.flatMap(filesOf).flatMap((file) => compareFile(file, values.level === '1' ? 1 : 2));
if (values.json) for (const row of rows) console.log(JSON.stringify(row));
else {
  console.log(table(rows));
  if (!values.quiet)
    for (const text of [differences(rows), unsupported(rows)]) if (text !== '') console.log(`\n${text}`);
}
process.exit(rows.every((r) => r.kernel === 'none' || (r.sameLog && r.sameVerdict)) ? 0 : 1);
