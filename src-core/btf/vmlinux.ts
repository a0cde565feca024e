import { gunzipSync } from 'fflate';
import { InputError } from '../util/input-error.ts';
import { Btf } from './btf.ts';

/** Larger than any kernel's BTF: a packed blob that claims more is not ours. */
const MAX_RAW = 64 << 20;

/** Unpacks what scripts/pack-vmlinux.mjs wrote. Throws InputError when it is damaged. */
export function unpackVmlinux(packed: Uint8Array): Btf {
  if (packed.length < 18 || packed[0] !== 0x1f || packed[1] !== 0x8b) {
    throw new InputError('packed vmlinux BTF: no gzip header', { offset: 0 });
  }
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const size = view.getUint32(packed.length - 4, true);
  if (size > MAX_RAW)
    throw new InputError(`packed vmlinux BTF: ${size} bytes are too many`, { offset: packed.length - 4 });
  return Btf.parse(inflate(packed, size));
}

function inflate(packed: Uint8Array, size: number): Uint8Array {
  try {
    return gunzipSync(packed, { out: new Uint8Array(size) });
  } catch (e) {
    throw new InputError(`packed vmlinux BTF: ${e instanceof Error ? e.message : 'damaged'}`);
  }
}
