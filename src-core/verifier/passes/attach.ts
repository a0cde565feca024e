import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import type { AttachTarget } from '../state/target.ts';
import { resolveStructOpsTarget } from './attach-struct-ops.ts';
import { resolveKernelTarget } from './attach-target.ts';

/** Program types that are bound to a function of the kernel or of another program. */
const BOUND: ReadonlySet<number> = new Set([BPF_PROG_TYPE.tracing, BPF_PROG_TYPE.lsm, BPF_PROG_TYPE.ext]);

function resolveTarget(env: VerifierEnv): AttachTarget | null | number {
  if (env.progType === BPF_PROG_TYPE.struct_ops) return resolveStructOpsTarget(env);
  return BOUND.has(env.progType) ? resolveKernelTarget(env) : null;
}

/** check_attach_btf_id(), Linux 6.18: who may sleep, and what the program is bound to, into env.target. */
export function checkAttachBtfId(env: VerifierEnv): number {
  if (env.progType === BPF_PROG_TYPE.syscall) {
    if (env.sleepable) return 0;
    return reject(env, EINVAL, 'Syscall programs can only be sleepable\n');
  }
  if (env.sleepable && !env.ops.sleepable(env.prog)) {
    return reject(
      env,
      EINVAL,
      'Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable\n',
    );
  }
  const target = resolveTarget(env);
  if (typeof target === 'number') return target;
  if (target === null) return 0;
  env.target = target;
  const name = target.struct === null ? target.name : `${target.struct}.${target.name}`;
  env.prog = { ...env.prog, target: name };
  // Which helpers and kfuncs it may call is known only now.
  env.signatures.clear();
  return 0;
}
