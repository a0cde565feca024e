/**
 * Which kernel functions tracing programs may be bound to, and how (kernel/bpf/verifier.c, Linux 6.18). The
 * reference kernel lets nobody load such programs; these are the rules of one with CONFIG_FUNCTION_ERROR_INJECTION,
 * as people run it.
 */

/** btf_id_deny: tracing them would recurse. */
export const TRACING_DENIED: ReadonlySet<string> = new Set([
  'migrate_disable',
  'migrate_enable',
  'rcu_read_unlock_strict',
  'preempt_count_add',
  'preempt_count_sub',
  '__rcu_read_lock',
  '__rcu_read_unlock',
]);

/** noreturn_deny: what runs after them never runs. */
export const NEVER_RETURNS: ReadonlySet<string> = new Set([
  '__ia32_sys_exit',
  '__ia32_sys_exit_group',
  '__kunit_abort',
  'kunit_try_catch_throw',
  '__module_put_and_kthread_exit',
  '__x64_sys_exit',
  '__x64_sys_exit_group',
  'do_exit',
  'do_group_exit',
  'kthread_complete_and_exit',
  'kthread_exit',
  'make_task_dead',
]);

/** ALLOW_ERROR_INJECTION() of functions that are no system calls; the second set may not sleep. */
const ERROR_INJECTION: ReadonlySet<string> = new Set([
  'page_pool_alloc_netmems',
  'should_fail_bio',
  'should_fail_net_realloc_skb',
  'should_failslab',
  'should_fail_alloc_page',
  '__filemap_add_folio',
]);
const NON_SLEEPABLE_INJECTION: ReadonlySet<string> = new Set([
  '__filemap_add_folio',
  'should_fail_alloc_page',
  'should_failslab',
]);

/** The functions of net/bpf/test_run.c that fmod_ret programs may be bound to; the first may sleep. */
const MODIFY_RETURN: ReadonlySet<string> = new Set([
  'bpf_fentry_test1',
  'bpf_modify_return_test',
  'bpf_modify_return_test2',
  'bpf_modify_return_test_tp',
]);

const isInjectable = (name: string): boolean => name.startsWith('__x64_sys_') || ERROR_INJECTION.has(name);

/** btf_id_allow_sleepable(), for tracing programs. */
export const sleepableTarget = (name: string): boolean =>
  (isInjectable(name) && !NON_SLEEPABLE_INJECTION.has(name)) || name === 'bpf_fentry_test1';

/** btf_kfunc_is_modify_return() and check_attach_modify_return() */
export const modifiableTarget = (name: string): boolean =>
  isInjectable(name) || name.startsWith('security_') || MODIFY_RETURN.has(name);
