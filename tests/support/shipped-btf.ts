import { readFileSync } from 'node:fs';
import type { Btf } from '../../src-core/btf/btf.ts';
import { unpackVmlinux } from '../../src-core/btf/vmlinux.ts';

let vmlinux: Btf | null = null;

/** The shipped BTF of the reference kernel. */
export function shippedBtf(): Btf {
  vmlinux ??= unpackVmlinux(
    new Uint8Array(readFileSync(new URL('../../public/vmlinux.btf.bin', import.meta.url))),
  );
  return vmlinux;
}
