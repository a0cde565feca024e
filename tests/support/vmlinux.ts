import { readFileSync } from 'node:fs';
import type { Btf } from '../../src-core/btf/btf.ts';
import { unpackVmlinux } from '../../src-core/btf/vmlinux.ts';

let btf: Btf | null = null;

/** The reference kernel's BTF, unpacked when a test first needs it. */
export function vmlinux(): Btf {
  btf ??= unpackVmlinux(readFileSync(new URL('../../public/vmlinux.btf.bin', import.meta.url)));
  return btf;
}
