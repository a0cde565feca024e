import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import { Unsupported } from '../state/unsupported.ts';

const TARGETED_TYPES: ReadonlyMap<number, string> = new Map([
  [BPF_PROG_TYPE.struct_ops, 'struct_ops'],
  [BPF_PROG_TYPE.tracing, 'tracing'],
  [BPF_PROG_TYPE.lsm, 'lsm'],
  [BPF_PROG_TYPE.ext, 'ext'],
]);

/** check_attach_btf_id(): who may sleep; programs bound to a kernel type or function are not modelled. */
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
  const targeted = TARGETED_TYPES.get(env.progType);
  if (targeted !== undefined) throw new Unsupported(`attach target of a ${targeted} program`);
  return 0;
}
