/**
 * Packs the BTF of the running kernel for the page and the command line: `node scripts/pack-vmlinux.mjs`.
 * Writes public/vmlinux.btf.bin (gzip; the name hides it from servers that unpack ".gz" themselves) and
 * public/vmlinux.json (which kernel it is of, and its configuration as far as .kconfig externs ask for it).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const out = (name) => fileURLToPath(new URL(`../public/${name}`, import.meta.url));
const raw = readFileSync('/sys/kernel/btf/vmlinux');
const packed = gzipSync(raw, { level: 9, memLevel: 9 });
const config = gunzipSync(readFileSync('/proc/config.gz'))
  .toString()
  .split('\n')
  .filter((line) => line.startsWith('CONFIG_'));

writeFileSync(out('vmlinux.btf.bin'), packed);
const about = { release: release(), rawBytes: raw.length, packedBytes: packed.length, config };
writeFileSync(out('vmlinux.json'), `${JSON.stringify(about, null, 1)}\n`);
console.log(`vmlinux BTF of ${about.release}: ${raw.length} bytes, packed ${packed.length}`);
