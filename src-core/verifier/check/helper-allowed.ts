import { BPF_ATTACH_TYPE, BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import type { VerifierEnv } from '../state/env.ts';

/** btf_allowlist_d_path: functions in which bpf_d_path() cannot deadlock. */
const D_PATH_FUNCTIONS: ReadonlySet<string> = new Set([
  'security_file_permission',
  'security_inode_getattr',
  'security_file_open',
  'security_path_truncate',
  'vfs_truncate',
  'vfs_fallocate',
  'dentry_open',
  'vfs_getattr',
  'filp_close',
]);

/** bpf_d_path_allowed(), but for LSM hooks: whether a hook sleeps is not asked of the kernel. */
function dPathAllowed(env: VerifierEnv): boolean {
  const { prog } = env;
  if (prog.type === BPF_PROG_TYPE.tracing && prog.attachType === BPF_ATTACH_TYPE.trace_iter) return true;
  return D_PATH_FUNCTIONS.has(env.target?.name ?? '');
}

/** bpf_sk_storage_tracing_allowed(): not in the functions that the helpers themselves call. */
function skStorageAllowed(env: VerifierEnv): boolean {
  switch (env.prog.attachType) {
    case BPF_ATTACH_TYPE.trace_iter:
    case BPF_ATTACH_TYPE.trace_raw_tp:
      return true;
    case BPF_ATTACH_TYPE.trace_fentry:
    case BPF_ATTACH_TYPE.trace_fexit:
      return env.target?.name.startsWith('bpf_sk_storage') !== true;
    default:
      return false;
  }
}

/** What the prototype's `allowed` function says of the program; null where that is not modelled. */
export function helperAllowed(env: VerifierEnv, allowed: string): boolean | null {
  const isLsm = env.prog.type === BPF_PROG_TYPE.lsm;
  switch (allowed) {
    case 'bpf_d_path_allowed':
      return isLsm ? null : dPathAllowed(env);
    case 'bpf_sk_storage_tracing_allowed':
      return skStorageAllowed(env);
    default:
      return null;
  }
}
