import { EINVAL } from '../../uapi/errno.ts';
import type { Runtime } from '../runtime.ts';
import { helper, intHelper } from './helper.ts';

/** CONFIG_HZ of the reference kernel. */
const HZ = 250;
/** INITIAL_JIFFIES: five minutes before the counter's low half wraps. */
const FIRST_JIFFIES = 4294967296 - 300 * HZ;

function jiffies(rt: Runtime): number {
  const { lo, hi } = rt.options.clock.now();
  return FIRST_JIFFIES + Math.floor(((hi >>> 0) * 4294967296 + (lo >>> 0)) / (1e9 / HZ));
}

/** Time, CPU, randomness and the current task, all from the injected sources. */
export const TASK_HELPERS = [
  ...[
    [5, 'bpf_ktime_get_ns'],
    [125, 'bpf_ktime_get_boot_ns'],
    [160, 'bpf_ktime_get_coarse_ns'],
    [208, 'bpf_ktime_get_tai_ns'],
  ].map(([id, name]) =>
    helper(id as number, name as string, 0, (rt) => {
      const { lo, hi } = rt.options.clock.now();
      rt.retHalves(lo, hi);
    }),
  ),
  intHelper(118, 'bpf_jiffies64', 0, jiffies),
  helper(7, 'bpf_get_prandom_u32', 0, (rt) => rt.ret(rt.options.rng.next() >>> 0)),
  intHelper(8, 'bpf_get_smp_processor_id', 0, (rt) => rt.cpu),
  intHelper(42, 'bpf_get_numa_node_id', 0, () => 0),
  helper(14, 'bpf_get_current_pid_tgid', 0, (rt) => rt.retHalves(rt.current.task.pid, rt.current.task.tgid)),
  helper(15, 'bpf_get_current_uid_gid', 0, (rt) => rt.retHalves(rt.current.task.uid, rt.current.task.gid)),
  intHelper(35, 'bpf_get_current_task', 0, (rt) => rt.structs.task(rt.current.task)),
  intHelper(158, 'bpf_get_current_task_btf', 0, (rt) => rt.structs.task(rt.current.task)),
  // The one cgroup of the host is the root, whose id is 1.
  intHelper(80, 'bpf_get_current_cgroup_id', 0, () => 1),
  intHelper(16, 'bpf_get_current_comm', 2, (rt) => {
    const size = rt.arg(2);
    if (size === 0) return -EINVAL;
    const text = new TextEncoder().encode(rt.current.task.comm).subarray(0, Math.min(15, size - 1));
    rt.memory.bytes.fill(0, rt.arg(1), rt.arg(1) + size);
    rt.memory.bytes.set(text, rt.arg(1));
    return 0;
  }),
];
