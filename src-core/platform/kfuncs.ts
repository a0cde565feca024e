import { BPF_ATTACH_TYPE, BPF_PROG_TYPE, type ProgTypeName } from '../uapi/prog-types.ts';
import type { ProgKind } from './prog-types.ts';

/**
 * The kfuncs of Linux 6.18 and who may call them (BTF_KFUNCS_START sets and register_btf_kfunc_id_set() of the
 * kernel's sources). Prototypes are not here: vmlinux BTF has them.
 */

/** KF_* flags (include/linux/btf.h). */
export const KF_ACQUIRE = 1 << 0;
export const KF_RELEASE = 1 << 1;
export const KF_RET_NULL = 1 << 2;
export const KF_TRUSTED_ARGS = 1 << 4;
export const KF_SLEEPABLE = 1 << 5;
export const KF_DESTRUCTIVE = 1 << 6;
export const KF_RCU = 1 << 7;
export const KF_ITER_NEW = 1 << 8;
export const KF_ITER_NEXT = 1 << 9;
export const KF_ITER_DESTROY = 1 << 10;
export const KF_RCU_PROTECTED = 1 << 11;
export const KF_FASTCALL = 1 << 12;
export const KF_ARENA_RET = 1 << 13;
export const KF_ARENA_ARG2 = 1 << 15;

type Kfuncs = Readonly<Record<string, number>>;

/** generic_btf_ids */
const GENERIC: Kfuncs = {
  crash_kexec: KF_DESTRUCTIVE,
  bpf_obj_new_impl: KF_ACQUIRE | KF_RET_NULL,
  bpf_percpu_obj_new_impl: KF_ACQUIRE | KF_RET_NULL,
  bpf_obj_drop_impl: KF_RELEASE,
  bpf_percpu_obj_drop_impl: KF_RELEASE,
  bpf_refcount_acquire_impl: KF_ACQUIRE | KF_RET_NULL | KF_RCU,
  bpf_list_push_front_impl: 0,
  bpf_list_push_back_impl: 0,
  bpf_list_pop_front: KF_ACQUIRE | KF_RET_NULL,
  bpf_list_pop_back: KF_ACQUIRE | KF_RET_NULL,
  bpf_list_front: KF_RET_NULL,
  bpf_list_back: KF_RET_NULL,
  bpf_task_acquire: KF_ACQUIRE | KF_RCU | KF_RET_NULL,
  bpf_task_release: KF_RELEASE,
  bpf_rbtree_remove: KF_ACQUIRE | KF_RET_NULL,
  bpf_rbtree_add_impl: 0,
  bpf_rbtree_first: KF_RET_NULL,
  bpf_rbtree_root: KF_RET_NULL,
  bpf_rbtree_left: KF_RET_NULL,
  bpf_rbtree_right: KF_RET_NULL,
  bpf_cgroup_acquire: KF_ACQUIRE | KF_RCU | KF_RET_NULL,
  bpf_cgroup_release: KF_RELEASE,
  bpf_cgroup_ancestor: KF_ACQUIRE | KF_RCU | KF_RET_NULL,
  bpf_cgroup_from_id: KF_ACQUIRE | KF_RET_NULL,
  bpf_task_under_cgroup: KF_RCU,
  bpf_task_get_cgroup1: KF_ACQUIRE | KF_RCU | KF_RET_NULL,
  bpf_task_from_pid: KF_ACQUIRE | KF_RET_NULL,
  bpf_task_from_vpid: KF_ACQUIRE | KF_RET_NULL,
  bpf_throw: 0,
  bpf_send_signal_task: KF_TRUSTED_ARGS,
  bpf_lookup_user_key: KF_ACQUIRE | KF_RET_NULL | KF_SLEEPABLE,
  bpf_lookup_system_key: KF_ACQUIRE | KF_RET_NULL,
  bpf_key_put: KF_RELEASE,
};

/** common_btf_ids, rqspinlock_kfunc_ids, arena_kfuncs, bpf_map_iter_kfunc_ids: for every program type. */
const COMMON: Kfuncs = {
  bpf_cast_to_kern_ctx: KF_FASTCALL,
  bpf_rdonly_cast: KF_FASTCALL,
  bpf_rcu_read_lock: 0,
  bpf_rcu_read_unlock: 0,
  bpf_dynptr_slice: KF_RET_NULL,
  bpf_dynptr_slice_rdwr: KF_RET_NULL,
  bpf_iter_num_new: KF_ITER_NEW,
  bpf_iter_num_next: KF_ITER_NEXT | KF_RET_NULL,
  bpf_iter_num_destroy: KF_ITER_DESTROY,
  bpf_iter_task_vma_new: KF_ITER_NEW | KF_RCU,
  bpf_iter_task_vma_next: KF_ITER_NEXT | KF_RET_NULL,
  bpf_iter_task_vma_destroy: KF_ITER_DESTROY,
  bpf_iter_css_task_new: KF_ITER_NEW | KF_TRUSTED_ARGS,
  bpf_iter_css_task_next: KF_ITER_NEXT | KF_RET_NULL,
  bpf_iter_css_task_destroy: KF_ITER_DESTROY,
  bpf_iter_css_new: KF_ITER_NEW | KF_TRUSTED_ARGS | KF_RCU_PROTECTED,
  bpf_iter_css_next: KF_ITER_NEXT | KF_RET_NULL,
  bpf_iter_css_destroy: KF_ITER_DESTROY,
  bpf_iter_task_new: KF_ITER_NEW | KF_TRUSTED_ARGS | KF_RCU_PROTECTED,
  bpf_iter_task_next: KF_ITER_NEXT | KF_RET_NULL,
  bpf_iter_task_destroy: KF_ITER_DESTROY,
  bpf_dynptr_adjust: 0,
  bpf_dynptr_is_null: 0,
  bpf_dynptr_is_rdonly: 0,
  bpf_dynptr_size: 0,
  bpf_dynptr_clone: 0,
  bpf_dynptr_copy: 0,
  bpf_dynptr_memset: 0,
  bpf_modify_return_test_tp: 0,
  bpf_wq_init: 0,
  bpf_wq_set_callback_impl: 0,
  bpf_wq_start: 0,
  bpf_preempt_disable: 0,
  bpf_preempt_enable: 0,
  bpf_iter_bits_new: KF_ITER_NEW,
  bpf_iter_bits_next: KF_ITER_NEXT | KF_RET_NULL,
  bpf_iter_bits_destroy: KF_ITER_DESTROY,
  bpf_copy_from_user_str: KF_SLEEPABLE,
  bpf_copy_from_user_task_str: KF_SLEEPABLE,
  bpf_get_kmem_cache: 0,
  bpf_iter_kmem_cache_new: KF_ITER_NEW | KF_SLEEPABLE,
  bpf_iter_kmem_cache_next: KF_ITER_NEXT | KF_RET_NULL | KF_SLEEPABLE,
  bpf_iter_kmem_cache_destroy: KF_ITER_DESTROY | KF_SLEEPABLE,
  bpf_local_irq_save: 0,
  bpf_local_irq_restore: 0,
  bpf_probe_read_user_dynptr: 0,
  bpf_probe_read_kernel_dynptr: 0,
  bpf_probe_read_user_str_dynptr: 0,
  bpf_probe_read_kernel_str_dynptr: 0,
  bpf_copy_from_user_dynptr: KF_SLEEPABLE,
  bpf_copy_from_user_str_dynptr: KF_SLEEPABLE,
  bpf_copy_from_user_task_dynptr: KF_SLEEPABLE | KF_TRUSTED_ARGS,
  bpf_copy_from_user_task_str_dynptr: KF_SLEEPABLE | KF_TRUSTED_ARGS,
  bpf_iter_dmabuf_new: KF_ITER_NEW | KF_SLEEPABLE,
  bpf_iter_dmabuf_next: KF_ITER_NEXT | KF_RET_NULL | KF_SLEEPABLE,
  bpf_iter_dmabuf_destroy: KF_ITER_DESTROY | KF_SLEEPABLE,
  __bpf_trap: 0,
  bpf_strcmp: 0,
  bpf_strcasecmp: 0,
  bpf_strchr: 0,
  bpf_strchrnul: 0,
  bpf_strnchr: 0,
  bpf_strrchr: 0,
  bpf_strlen: 0,
  bpf_strnlen: 0,
  bpf_strspn: 0,
  bpf_strcspn: 0,
  bpf_strstr: 0,
  bpf_strnstr: 0,
  bpf_cgroup_read_xattr: KF_RCU,
  bpf_stream_vprintk_impl: KF_TRUSTED_ARGS,
  bpf_task_work_schedule_signal_impl: KF_TRUSTED_ARGS,
  bpf_task_work_schedule_resume_impl: KF_TRUSTED_ARGS,
  bpf_res_spin_lock: KF_RET_NULL,
  bpf_res_spin_unlock: 0,
  bpf_res_spin_lock_irqsave: KF_RET_NULL,
  bpf_res_spin_unlock_irqrestore: 0,
  bpf_arena_alloc_pages: KF_TRUSTED_ARGS | KF_SLEEPABLE | KF_ARENA_RET | KF_ARENA_ARG2,
  bpf_arena_free_pages: KF_TRUSTED_ARGS | KF_SLEEPABLE | KF_ARENA_ARG2,
  bpf_arena_reserve_pages: KF_TRUSTED_ARGS | KF_SLEEPABLE | KF_ARENA_ARG2,
  bpf_map_sum_elem_count: KF_TRUSTED_ARGS,
};

/** cpumask_kfunc_btf_ids */
const CPUMASK: Kfuncs = {
  bpf_cpumask_create: KF_ACQUIRE | KF_RET_NULL,
  bpf_cpumask_release: KF_RELEASE,
  bpf_cpumask_acquire: KF_ACQUIRE | KF_TRUSTED_ARGS,
  bpf_cpumask_first: KF_RCU,
  bpf_cpumask_first_zero: KF_RCU,
  bpf_cpumask_first_and: KF_RCU,
  bpf_cpumask_set_cpu: KF_RCU,
  bpf_cpumask_clear_cpu: KF_RCU,
  bpf_cpumask_test_cpu: KF_RCU,
  bpf_cpumask_test_and_set_cpu: KF_RCU,
  bpf_cpumask_test_and_clear_cpu: KF_RCU,
  bpf_cpumask_setall: KF_RCU,
  bpf_cpumask_clear: KF_RCU,
  bpf_cpumask_and: KF_RCU,
  bpf_cpumask_or: KF_RCU,
  bpf_cpumask_xor: KF_RCU,
  bpf_cpumask_equal: KF_RCU,
  bpf_cpumask_intersects: KF_RCU,
  bpf_cpumask_subset: KF_RCU,
  bpf_cpumask_empty: KF_RCU,
  bpf_cpumask_full: KF_RCU,
  bpf_cpumask_copy: KF_RCU,
  bpf_cpumask_any_distribute: KF_RCU,
  bpf_cpumask_any_and_distribute: KF_RCU,
  bpf_cpumask_weight: KF_RCU,
  bpf_cpumask_populate: KF_RCU,
};

const SKB: Kfuncs = { bpf_dynptr_from_skb: KF_TRUSTED_ARGS };
const SKB_META: Kfuncs = { bpf_dynptr_from_skb_meta: KF_TRUSTED_ARGS };
const XDP: Kfuncs = { bpf_dynptr_from_xdp: 0, bpf_xdp_pull_data: 0 };
const SOCK_ADDR: Kfuncs = { bpf_sock_addr_set_sun_path: 0 };
const TCP_REQSK: Kfuncs = { bpf_sk_assign_tcp_reqsk: KF_TRUSTED_ARGS };
const SOCK_OPS: Kfuncs = { bpf_sock_ops_enable_tx_tstamp: KF_TRUSTED_ARGS };
const SK_ITER: Kfuncs = { bpf_sock_destroy: KF_TRUSTED_ARGS };
const XDP_METADATA: Kfuncs = {
  bpf_xdp_metadata_rx_timestamp: KF_TRUSTED_ARGS,
  bpf_xdp_metadata_rx_hash: KF_TRUSTED_ARGS,
  bpf_xdp_metadata_rx_vlan_tag: KF_TRUSTED_ARGS,
};
const CONNTRACK: Kfuncs = {
  bpf_xdp_ct_alloc: KF_ACQUIRE | KF_RET_NULL,
  bpf_xdp_ct_lookup: KF_ACQUIRE | KF_RET_NULL,
  bpf_skb_ct_alloc: KF_ACQUIRE | KF_RET_NULL,
  bpf_skb_ct_lookup: KF_ACQUIRE | KF_RET_NULL,
  bpf_ct_insert_entry: KF_ACQUIRE | KF_RET_NULL | KF_RELEASE,
  bpf_ct_release: KF_RELEASE,
  bpf_ct_set_timeout: KF_TRUSTED_ARGS,
  bpf_ct_change_timeout: KF_TRUSTED_ARGS,
  bpf_ct_set_status: KF_TRUSTED_ARGS,
  bpf_ct_change_status: KF_TRUSTED_ARGS,
  bpf_ct_set_nat_info: KF_TRUSTED_ARGS,
};
const XFRM_STATE: Kfuncs = {
  bpf_xdp_get_xfrm_state: KF_RET_NULL | KF_ACQUIRE,
  bpf_xdp_xfrm_state_release: KF_RELEASE,
};
const TEST_RUN: Kfuncs = {
  bpf_kfunc_call_test_release: KF_RELEASE,
  bpf_kfunc_call_memb_release: KF_RELEASE,
};
const plain = (...names: string[]): Kfuncs => Object.fromEntries(names.map((n) => [n, 0]));
const CONGESTION: Kfuncs = plain(
  'cubictcp_init',
  'cubictcp_recalc_ssthresh',
  'cubictcp_cong_avoid',
  'cubictcp_state',
  'cubictcp_cwnd_event',
  'cubictcp_acked',
  'bbr_init',
  'bbr_main',
  'bbr_sndbuf_expand',
  'bbr_undo_cwnd',
  'bbr_cwnd_event',
  'bbr_ssthresh',
  'bbr_min_tso_segs',
  'bbr_set_state',
  'tcp_reno_ssthresh',
  'tcp_reno_cong_avoid',
  'tcp_reno_undo_cwnd',
  'tcp_slow_start',
  'tcp_cong_avoid_ai',
);
const SESSION: Kfuncs = plain('bpf_session_is_return', 'bpf_session_cookie');
const RSTAT: Kfuncs = { css_rstat_updated: 0, css_rstat_flush: KF_SLEEPABLE };
const CRYPTO_INIT: Kfuncs = {
  bpf_crypto_ctx_create: KF_ACQUIRE | KF_RET_NULL | KF_SLEEPABLE,
  bpf_crypto_ctx_release: KF_RELEASE,
  bpf_crypto_ctx_acquire: KF_ACQUIRE | KF_RCU | KF_RET_NULL,
};
const CRYPTO: Kfuncs = { bpf_crypto_decrypt: KF_RCU, bpf_crypto_encrypt: KF_RCU };
/** bpf_fs_kfunc_set_ids: for LSM programs only, though registered for all tracing. */
const FS: Kfuncs = {
  bpf_get_task_exe_file: KF_ACQUIRE | KF_TRUSTED_ARGS | KF_RET_NULL,
  bpf_put_file: KF_RELEASE,
  bpf_path_d_path: KF_TRUSTED_ARGS,
  bpf_get_dentry_xattr: KF_SLEEPABLE | KF_TRUSTED_ARGS,
  bpf_get_file_xattr: KF_SLEEPABLE | KF_TRUSTED_ARGS,
  bpf_set_dentry_xattr: KF_SLEEPABLE | KF_TRUSTED_ARGS,
  bpf_remove_dentry_xattr: KF_SLEEPABLE | KF_TRUSTED_ARGS,
};

/** `enum btf_kfunc_hook` */
type Hook =
  | 'xdp'
  | 'tc'
  | 'struct_ops'
  | 'tracing'
  | 'syscall'
  | 'cgroup'
  | 'sched_act'
  | 'sk_skb'
  | 'socket_filter'
  | 'lwt'
  | 'netfilter'
  | 'kprobe';

/** bpf_prog_type_to_kfunc_hook(); the other program types have the common kfuncs only. */
const HOOK_OF: Partial<Record<ProgTypeName, Hook>> = {
  xdp: 'xdp',
  sched_cls: 'tc',
  struct_ops: 'struct_ops',
  tracing: 'tracing',
  tracepoint: 'tracing',
  perf_event: 'tracing',
  lsm: 'tracing',
  syscall: 'syscall',
  cgroup_skb: 'cgroup',
  cgroup_sock: 'cgroup',
  cgroup_device: 'cgroup',
  cgroup_sock_addr: 'cgroup',
  cgroup_sockopt: 'cgroup',
  cgroup_sysctl: 'cgroup',
  sock_ops: 'cgroup',
  sched_act: 'sched_act',
  sk_skb: 'sk_skb',
  socket_filter: 'socket_filter',
  lwt_out: 'lwt',
  lwt_in: 'lwt',
  lwt_xmit: 'lwt',
  lwt_seg6local: 'lwt',
  netfilter: 'netfilter',
  kprobe: 'kprobe',
};

const SETS: Readonly<Record<Hook, readonly Kfuncs[]>> = {
  xdp: [GENERIC, XDP, XDP_METADATA, CONNTRACK, XFRM_STATE, CRYPTO],
  tc: [GENERIC, SKB, SKB_META, TCP_REQSK, CONNTRACK, TEST_RUN, CRYPTO],
  struct_ops: [GENERIC, CPUMASK, CONGESTION],
  tracing: [GENERIC, CPUMASK, SKB, SK_ITER, RSTAT, FS, TEST_RUN],
  syscall: [GENERIC, CPUMASK, CRYPTO_INIT, TEST_RUN],
  cgroup: [GENERIC, SKB, SOCK_ADDR, SOCK_OPS],
  sched_act: [SKB, SKB_META, CRYPTO],
  sk_skb: [SKB],
  socket_filter: [SKB],
  lwt: [SKB],
  netfilter: [SKB],
  kprobe: [SESSION],
};

const HOOKS: ReadonlyMap<number, Hook> = new Map(
  Object.entries(HOOK_OF).map(([name, hook]) => [BPF_PROG_TYPE[name as ProgTypeName], hook]),
);

/** The `filter` of a set: programs of its hook that may not call these. */
function isFiltered(name: string, prog: ProgKind): boolean {
  if (name in FS) return prog.type !== BPF_PROG_TYPE.lsm;
  if (name in SK_ITER) return prog.attachType !== BPF_ATTACH_TYPE.trace_iter;
  if (name in SESSION) {
    return (
      prog.attachType !== BPF_ATTACH_TYPE.trace_kprobe_session &&
      prog.attachType !== BPF_ATTACH_TYPE.trace_uprobe_session
    );
  }
  return false;
}

/** btf_kfunc_id_set_contains(): the flags under which `prog` may call the kfunc, or null if it may not. */
export function kfuncFlags(name: string, prog: ProgKind): number | null {
  if (Object.hasOwn(COMMON, name)) return COMMON[name];
  const hook = HOOKS.get(prog.type);
  if (hook === undefined || isFiltered(name, prog)) return null;
  const set = SETS[hook].find((s) => Object.hasOwn(s, name));
  return set === undefined ? null : set[name];
}

/** bpf_dev_bound_kfunc_check(): needs a program bound to a device. */
export const isDevBoundKfunc = (name: string): boolean => Object.hasOwn(XDP_METADATA, name);

/** Every kfunc that some program type may call. */
export const KFUNC_NAMES: readonly string[] = [
  ...new Set([COMMON, ...Object.values(SETS).flat()].flatMap((set) => Object.keys(set))),
].sort();

/** Kfuncs that the verifier knows by name (`special_kfunc_list`), by what it does for them. */
const ROLES = {
  bpf_obj_new_impl: 'obj_new',
  bpf_percpu_obj_new_impl: 'percpu_obj_new',
  bpf_obj_drop_impl: 'obj_drop',
  bpf_percpu_obj_drop_impl: 'percpu_obj_drop',
  bpf_refcount_acquire_impl: 'refcount_acquire',
  bpf_list_push_front_impl: 'list_push',
  bpf_list_push_back_impl: 'list_push',
  bpf_list_pop_front: 'list_pop',
  bpf_list_pop_back: 'list_pop',
  bpf_list_front: 'list_peek',
  bpf_list_back: 'list_peek',
  bpf_rbtree_add_impl: 'rbtree_add',
  bpf_rbtree_remove: 'rbtree_remove',
  bpf_rbtree_first: 'rbtree_peek',
  bpf_rbtree_root: 'rbtree_peek',
  bpf_rbtree_left: 'rbtree_walk',
  bpf_rbtree_right: 'rbtree_walk',
  bpf_cast_to_kern_ctx: 'cast_to_kern_ctx',
  bpf_rdonly_cast: 'rdonly_cast',
  bpf_rcu_read_lock: 'rcu_lock',
  bpf_rcu_read_unlock: 'rcu_unlock',
  bpf_preempt_disable: 'preempt_disable',
  bpf_preempt_enable: 'preempt_enable',
  bpf_local_irq_save: 'irq_save',
  bpf_local_irq_restore: 'irq_restore',
  bpf_res_spin_lock: 'res_spin_lock',
  bpf_res_spin_unlock: 'res_spin_unlock',
  bpf_res_spin_lock_irqsave: 'res_spin_lock_irqsave',
  bpf_res_spin_unlock_irqrestore: 'res_spin_unlock_irqrestore',
  bpf_dynptr_from_skb: 'dynptr_from_skb',
  bpf_dynptr_from_skb_meta: 'dynptr_from_skb_meta',
  bpf_dynptr_from_xdp: 'dynptr_from_xdp',
  bpf_dynptr_slice: 'dynptr_slice',
  bpf_dynptr_slice_rdwr: 'dynptr_slice_rdwr',
  bpf_dynptr_clone: 'dynptr_clone',
  bpf_throw: 'throw',
  bpf_wq_set_callback_impl: 'wq_set_callback',
  bpf_task_work_schedule_signal_impl: 'task_work_schedule',
  bpf_task_work_schedule_resume_impl: 'task_work_schedule',
  bpf_iter_num_new: 'iter_num',
  bpf_iter_num_next: 'iter_num',
  bpf_iter_num_destroy: 'iter_num',
  bpf_iter_css_task_new: 'iter_css_task_new',
  bpf_session_cookie: 'session_cookie',
  bpf_get_kmem_cache: 'get_kmem_cache',
  bpf_xdp_pull_data: 'changes_pkt_data',
  __bpf_trap: 'trap',
} as const;

/** What a kfunc is to the verifier; 'plain' when its prototype and flags say it all. */
export type KfuncRole = (typeof ROLES)[keyof typeof ROLES] | 'plain';

export const kfuncRole = (name: string): KfuncRole =>
  Object.hasOwn(ROLES, name) ? ROLES[name as keyof typeof ROLES] : 'plain';

const SPIN_ALLOWED: ReadonlySet<KfuncRole> = new Set<KfuncRole>([
  'list_push',
  'list_pop',
  'list_peek',
  'rbtree_add',
  'rbtree_remove',
  'rbtree_peek',
  'rbtree_walk',
  'refcount_acquire',
  'iter_num',
  'res_spin_lock',
  'res_spin_unlock',
  'res_spin_lock_irqsave',
  'res_spin_unlock_irqrestore',
]);
const SPIN_ALLOWED_PLAIN: ReadonlySet<string> = new Set([
  'bpf_arena_alloc_pages',
  'bpf_arena_free_pages',
  'bpf_arena_reserve_pages',
  'bpf_stream_vprintk_impl',
]);

/** kfunc_spin_allowed(): may be called while a lock is held. */
export const kfuncSpinAllowed = (name: string): boolean =>
  SPIN_ALLOWED.has(kfuncRole(name)) || SPIN_ALLOWED_PLAIN.has(name);
