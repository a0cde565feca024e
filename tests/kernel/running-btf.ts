import { readFileSync } from 'node:fs';
import { Btf } from '../../src-core/btf/btf.ts';

let btf: Btf | null = null;

/**
 * The BTF of the kernel that runs here. Builds of the reference release number their types differently, so ids
 * that go to the live kernel come from here and not from the shipped BTF.
 */
export function runningBtf(): Btf {
  btf ??= Btf.parse(new Uint8Array(readFileSync('/sys/kernel/btf/vmlinux')));
  return btf;
}
