import { Btf } from './btf.ts';
import { unpackBtf } from './pack.ts';

/** Unpacks what scripts/pack-vmlinux.mjs wrote. Throws InputError when it is damaged. */
export function unpackVmlinux(packed: Uint8Array): Btf {
  return Btf.parse(unpackBtf(packed));
}
