import type { Btf } from '../../btf/btf.ts';
import { InputError } from '../../util/input-error.ts';
import { reject } from '../log/verbose.ts';
import type { BtfVarLoad } from '../state/aux.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL, ENOENT } from '../state/errno.ts';
import { MEM_PERCPU, MEM_RDONLY, PTR_TO_BTF_ID, PTR_TO_MEM } from '../state/reg-type.ts';
import { Unsupported } from '../state/unsupported.ts';

function isPerCpu(btf: Btf, id: number): boolean {
  const section = btf.findByName('.data..percpu', 'datasec');
  const t = section === null ? null : btf.typeById(section);
  return t?.kind === 'datasec' && t.vars.some((v) => v.type === id);
}

/** Bytes of a variable that is no structure, or null. */
function sizeOf(btf: Btf, id: number): number | null {
  try {
    return btf.resolveSize(id);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return null;
  }
}

/** check_pseudo_btf_id(), Linux 6.18: what the address of the variable or function in slot `i` is. */
export function resolveKernelSymbol(env: VerifierEnv, i: number): number {
  const { insns } = env;
  if (insns.imm[i + 1] !== 0) throw new Unsupported('BTF of kernel modules');
  const btf = env.kernelBtf;
  const id = insns.imm[i];
  if (!btf.has(id)) {
    return reject(env, ENOENT, 'ldimm64 insn specifies invalid btf_id %d.\n', id);
  }
  const t = btf.typeById(id);
  if (t.kind !== 'var' && t.kind !== 'func') {
    return reject(env, EINVAL, "pseudo btf_id %d in ldimm64 isn't KIND_VAR or KIND_FUNC\n", id);
  }
  const set = (load: BtfVarLoad): number => {
    env.aux.btfVars.set(i, load);
    return 0;
  };
  if (t.kind === 'func') return set({ regType: PTR_TO_MEM | MEM_RDONLY, memSize: 0, btfId: 0 });
  if (isPerCpu(btf, id)) return set({ regType: PTR_TO_BTF_ID | MEM_PERCPU, memSize: 0, btfId: t.type });
  const of = btf.typeById(btf.skipModsAndTypedefs(t.type));
  if (of.kind === 'struct' || of.kind === 'union') {
    return set({ regType: PTR_TO_BTF_ID, memSize: 0, btfId: t.type });
  }
  const memSize = sizeOf(btf, of.id);
  if (memSize !== null) return set({ regType: PTR_TO_MEM | MEM_RDONLY, memSize, btfId: 0 });
  return reject(env, EINVAL, "ldimm64 unable to resolve the size of type '%s': %ld\n", of.name, -EINVAL);
}
