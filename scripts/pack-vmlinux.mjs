/**
 * Packs the BTF and the configuration of the running kernel for the page and the command line:
 * `npx tsx scripts/pack-vmlinux.mjs`. Writes public/vmlinux.btf.bin (see src-core/btf/pack.ts) and
 * public/vmlinux.json (which kernel it is of).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { packBtf, unpackBtf } from '../src-core/btf/pack.ts';

const out = (name) => fileURLToPath(new URL(`../public/${name}`, import.meta.url));
const raw = new Uint8Array(readFileSync('/sys/kernel/btf/vmlinux'));
const config = gunzipSync(readFileSync('/proc/config.gz'))
  .toString()
  .split('\n')
  .filter((line) => line.startsWith('CONFIG_'))
  .join('\n');

const packed = packBtf({ raw, config });
const again = unpackBtf(packed);
if (Buffer.compare(again.raw, raw) !== 0 || again.config !== config) {
  throw new Error('what was packed does not unpack to the same bytes');
}
writeFileSync(out('vmlinux.btf.bin'), packed);
const about = { release: release(), rawBytes: raw.length, packedBytes: packed.length };
writeFileSync(out('vmlinux.json'), `${JSON.stringify(about, null, 2)}\n`);
console.log(`vmlinux BTF of ${about.release}: ${raw.length} bytes, packed ${packed.length}`);
