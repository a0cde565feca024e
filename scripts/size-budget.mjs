// Builds the page and checks what a first visit transfers before the page is usable: the entry's scripts and
// styles and whatever they import statically, gzip-compressed, and the worker. Editor and BTF come later.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from './ensure-install.mjs';

const BUDGET = 350_000;
const vite = await import('vite');
await vite.build({ root, logLevel: 'warn' });
const dist = join(root, 'dist');
const assets = join(dist, 'assets');

const size = (path) => gzipSync(readFileSync(path), { level: 9 }).length;
const html = readFileSync(join(dist, 'index.html'), 'utf8');
const first = new Set([...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map((m) => m[1]));
// The worker starts with the page, so its script counts too.
for (const name of readdirSync(assets))
  if (/^(entry|worker)[-.].*\.js$/.test(name)) first.add(`assets/${name}`);
for (const path of first) {
  if (!path.endsWith('.js')) continue;
  const text = readFileSync(join(dist, path), 'utf8');
  for (const m of text.matchAll(/(?:^|[;}\s])import\s*(?:[\w*{}\s,$]+from\s*)?"\.\/([^"]+\.js)"/g))
    first.add(`assets/${m[1]}`);
}
let total = 0;
for (const path of first) {
  const bytes = size(join(dist, path));
  total += bytes;
  console.log(`${String(bytes).padStart(8)}  ${path}`);
}
console.log(`${String(total).padStart(8)}  first visit, compressed (budget ${BUDGET})`);
if (total > BUDGET) {
  console.error('The first visit is over its budget.');
  process.exit(1);
}
