import { Btf } from '../../btf/btf.ts';
import { btfCheck } from '../../btf/check/check.ts';
import { vmlinuxOf } from '../../btf/vmlinux.ts';
import { structMetas } from '../../platform/btf-record.ts';
import { EINVAL } from '../../uapi/errno.ts';
import { InputError } from '../../util/input-error.ts';
import type { Result } from '../api.ts';
import { BtfObject } from '../objects.ts';
import type { KernelState } from '../state.ts';

function parsed(bytes: Uint8Array): Btf | null {
  try {
    return Btf.parse(bytes);
  } catch (e) {
    if (e instanceof InputError) return null;
    throw e;
  }
}

/** BPF_BTF_LOAD: the types are sound, and so are the managed fields of its structures. A loader's BTF is checked already. */
export function btfLoad(state: KernelState, given: Btf | Uint8Array): Result<{ readonly fd: number }> {
  const errno = given instanceof Btf ? 0 : btfCheck(given, false).errno;
  if (errno !== 0) return { ok: false, errno };
  const btf = given instanceof Btf ? given : parsed(given);
  if (btf === null) return { ok: false, errno: EINVAL };
  const metas = structMetas(btf, () => vmlinuxOf(state.options.vmlinux));
  if (typeof metas === 'number') return { ok: false, errno: -metas };
  const object = new BtfObject(state.btfs.allocate(), btf, () => state.btfs.remove(object.id));
  state.btfs.set(object.id, object);
  return { ok: true, fd: state.open(object) };
}
