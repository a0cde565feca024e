/**
 * Packs the BTF of the running kernel for the page and the command line: `npx tsx scripts/pack-vmlinux.mjs`.
 * Writes public/vmlinux.btf.bin (see src-core/btf/pack.ts) and
 * public/vmlinux.json (which kernel it is of, and its configuration as far as .kconfig externs ask for it).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { packBtf, unpackBtf } from '../src-core/btf/pack.ts';

const out = (name) => fileURLToPath(new URL(`../public/${name}`, import.meta.url));
const raw = readFileSync('/sys/kernel/btf/vmlinux');
const packed = packBtf(new Uint8Array(raw));
if (Buffer.compare(unpackBtf(packed), raw) !== 0)
  throw new Error('the packed BTF does not unpack to the same bytes');
const config = gunzipSync(readFileSync('/proc/config.gz'))
  .toString()
  .split('\n')
  .filter((line) => line.startsWith('CONFIG_'));

writeFileSync(out('vmlinux.btf.bin'), packed);
const about = { release: release(), rawBytes: raw.length, packedBytes: packed.length, config };
writeFileSync(out('vmlinux.json'), `${JSON.stringify(about, null, 1)}\n`);
console.log(`vmlinux BTF of ${about.release}: ${raw.length} bytes, packed ${packed.length}`);
