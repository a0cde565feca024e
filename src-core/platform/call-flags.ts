import { BPF_FUNC, type HelperName } from './helpers.gen.ts';

/**
 * What a helper call does beyond its prototype: the verifier's predicates over helper ids (is_acquire_function() and
 * the like, kernel/bpf/verifier.c, Linux 6.18), gathered by helper. Absent flags are false.
 */
export interface CallFlags {
  /** is_acquire_function(): the result must be given back. */
  readonly acquires?: true;
  /** is_ptr_cast_function(): the result is the argument's object under another type. */
  readonly casts?: true;
  /** is_dynptr_ref_function(): the result lies in the dynptr's memory. */
  readonly slicesDynptr?: true;
  /** bpf_helper_changes_pkt_data(): after the call packet pointers are void. */
  readonly changesPktData?: true;
  /** is_sync_callback_calling_function(), is_async_callback_calling_function() */
  readonly callback?: 'sync' | 'async';
  /** record_func_map(): the map of a call is noted, for inlining and for tail calls. */
  readonly recordsMap?: true;
  /** Refused for a map with BPF_F_RDONLY_PROG. */
  readonly writesMap?: true;
  /** do_refine_retval_range(): the result is an errno, or at most the size of the memory argument. */
  readonly returnsSize?: true;
  /** is_storage_get_function(): allocates, with GFP_ATOMIC where the context may not sleep. */
  readonly getsStorage?: true;
}

const FLAGS: Partial<Record<HelperName, CallFlags>> = {
  tail_call: { recordsMap: true, changesPktData: true },
  map_lookup_elem: { recordsMap: true },
  map_update_elem: { recordsMap: true, writesMap: true },
  map_delete_elem: { recordsMap: true, writesMap: true },
  map_push_elem: { recordsMap: true, writesMap: true },
  map_pop_elem: { recordsMap: true, writesMap: true },
  map_peek_elem: { recordsMap: true },
  map_lookup_percpu_elem: { recordsMap: true },
  redirect_map: { recordsMap: true },
  for_each_map_elem: { recordsMap: true, callback: 'sync' },
  loop: { callback: 'sync' },
  find_vma: { callback: 'sync' },
  user_ringbuf_drain: { callback: 'sync' },
  timer_set_callback: { callback: 'async' },
  sk_lookup_tcp: { acquires: true },
  sk_lookup_udp: { acquires: true },
  skc_lookup_tcp: { acquires: true },
  ringbuf_reserve: { acquires: true },
  kptr_xchg: { acquires: true },
  tcp_sock: { casts: true },
  sk_fullsock: { casts: true },
  skc_to_tcp_sock: { casts: true },
  skc_to_tcp6_sock: { casts: true },
  skc_to_udp6_sock: { casts: true },
  skc_to_mptcp_sock: { casts: true },
  skc_to_tcp_timewait_sock: { casts: true },
  skc_to_tcp_request_sock: { casts: true },
  dynptr_data: { slicesDynptr: true },
  get_stack: { returnsSize: true },
  get_task_stack: { returnsSize: true },
  probe_read_str: { returnsSize: true },
  probe_read_kernel_str: { returnsSize: true },
  probe_read_user_str: { returnsSize: true },
  sk_storage_get: { getsStorage: true },
  inode_storage_get: { getsStorage: true },
  task_storage_get: { getsStorage: true },
  cgrp_storage_get: { getsStorage: true },
  clone_redirect: { changesPktData: true },
  l3_csum_replace: { changesPktData: true },
  l4_csum_replace: { changesPktData: true },
  lwt_push_encap: { changesPktData: true },
  lwt_seg6_action: { changesPktData: true },
  lwt_seg6_adjust_srh: { changesPktData: true },
  lwt_seg6_store_bytes: { changesPktData: true },
  msg_pop_data: { changesPktData: true },
  msg_pull_data: { changesPktData: true },
  msg_push_data: { changesPktData: true },
  skb_adjust_room: { changesPktData: true },
  skb_change_head: { changesPktData: true },
  skb_change_proto: { changesPktData: true },
  skb_change_tail: { changesPktData: true },
  skb_pull_data: { changesPktData: true },
  skb_store_bytes: { changesPktData: true },
  skb_vlan_pop: { changesPktData: true },
  skb_vlan_push: { changesPktData: true },
  store_hdr_opt: { changesPktData: true },
  xdp_adjust_head: { changesPktData: true },
  xdp_adjust_meta: { changesPktData: true },
  xdp_adjust_tail: { changesPktData: true },
};

const NONE: CallFlags = {};
const BY_ID: ReadonlyMap<number, CallFlags> = new Map(
  Object.entries(FLAGS).map(([name, flags]) => [BPF_FUNC[name as HelperName], flags]),
);

/** Flags of helper `id`; none for ids outside the table. */
export const helperFlags = (id: number): CallFlags => BY_ID.get(id) ?? NONE;
