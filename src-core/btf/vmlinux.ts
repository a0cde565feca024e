import { Btf } from './btf.ts';
import { unpackBtf } from './pack.ts';

const configs = new WeakMap<Btf, string>();

/** Unpacks what scripts/pack-vmlinux.mjs wrote. Throws InputError when it is damaged. */
export function unpackVmlinux(packed: Uint8Array): Btf {
  const { raw, config } = unpackBtf(packed);
  const btf = Btf.parse(raw);
  configs.set(btf, config);
  return btf;
}

/** The kernel configuration ("CONFIG_HZ=250\n...") that came with a BTF of unpackVmlinux(); else null. */
export function configOf(btf: Btf): string | null {
  return configs.get(btf) ?? null;
}

/**
 * vmlinux BTF, or null when it is not loaded: what needs it is then `unsupported`, with the words NEEDS_VMLINUX. A
 * function is asked only when it is needed.
 */
export type VmlinuxSource = Btf | null | (() => Btf | null);

/** The BTF itself, made now if it was not before. */
export function vmlinuxOf(source: VmlinuxSource): Btf | null {
  return typeof source === 'function' ? source() : source;
}
