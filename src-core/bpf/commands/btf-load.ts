import { Btf } from '../../btf/btf.ts';
import { E2BIG, EINVAL, ENOTSUPP } from '../../uapi/errno.ts';
import { InputError } from '../../util/input-error.ts';
import type { Result } from '../api.ts';
import { BtfObject } from '../objects.ts';
import type { KernelState } from '../state.ts';

/** BTF_MAX_SIZE */
const MAX_SIZE = 16 << 20;

function parsed(bytes: Uint8Array): Btf | null {
  try {
    return Btf.parse(bytes);
  } catch (e) {
    if (e instanceof InputError) return null;
    throw e;
  }
}

/** BPF_BTF_LOAD. What the kernel checks beyond the form of the data is not modelled. */
export function btfLoad(state: KernelState, given: Btf | Uint8Array): Result<{ readonly fd: number }> {
  const size = (given instanceof Btf ? given.raw : given).length;
  if (size > MAX_SIZE) return { ok: false, errno: E2BIG };
  const header = given instanceof Btf ? given.raw : given;
  // btf_parse_hdr(): the version, then the flags.
  const known = size < 4 || header[0] !== 0x9f || header[1] !== 0xeb || (header[2] === 1 && header[3] === 0);
  if (!known) return { ok: false, errno: ENOTSUPP };
  const btf = given instanceof Btf ? given : parsed(given);
  if (btf === null) return { ok: false, errno: EINVAL };
  const object = new BtfObject(state.btfs.allocate(), btf, () => state.btfs.remove(object.id));
  state.btfs.set(object.id, object);
  return { ok: true, fd: state.open(object) };
}
