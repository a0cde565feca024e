import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { SLEEPABLE_LSM_HOOKS } from '../lsm-hooks.ts';
import { isAttachedTo } from './kinds.ts';
import type { HelperCaller } from './ops.ts';

/** btf_allowlist_d_path: functions in which a path may be walked. */
const D_PATH_TARGETS: ReadonlySet<string> = new Set([
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

/** The kernel functions that prototypes name to decide whether a program may call the helper. */
const RULES: Readonly<Record<string, (prog: HelperCaller, target: string) => boolean>> = {
  bpf_d_path_allowed(prog, target) {
    if (prog.type === BPF_PROG_TYPE.tracing && isAttachedTo(prog, 'trace_iter')) return true;
    return prog.type === BPF_PROG_TYPE.lsm ? SLEEPABLE_LSM_HOOKS.has(target) : D_PATH_TARGETS.has(target);
  },
  bpf_ima_inode_hash_allowed: (_, target) => SLEEPABLE_LSM_HOOKS.has(target),
  bpf_sk_storage_tracing_allowed(prog, target) {
    if (isAttachedTo(prog, 'trace_iter', 'trace_raw_tp')) return true;
    return isAttachedTo(prog, 'trace_fentry', 'trace_fexit') && !target.startsWith('bpf_sk_storage');
  },
};

/** `fn->allowed(prog)`, by the function's name. */
export const isAllowedIn = (rule: string, prog: HelperCaller): boolean =>
  RULES[rule]?.(prog, prog.target ?? '') ?? false;
