import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL, ENOENT } from '../state/errno.ts';
import { Unsupported } from '../state/unsupported.ts';

/** check_pseudo_btf_id(), Linux 6.18, on the reference kernel: the load in slot `i` is of a function's address. */
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
  // Its symbol table has functions only (no CONFIG_KALLSYMS_ALL).
  if (t.kind === 'var') {
    return reject(env, ENOENT, "ldimm64 failed to find the address for kernel symbol '%s'.\n", t.name);
  }
  env.aux.kernelFuncs.add(i);
  return 0;
}
