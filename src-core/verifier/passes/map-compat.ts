import {
  BPF_LIST_HEAD,
  BPF_RB_ROOT,
  BPF_RES_SPIN_LOCK,
  BPF_SPIN_LOCK,
  BPF_TIMER,
  BPF_WORKQUEUE,
  type BtfRecord,
  hasField,
} from '../../platform/btf-record.ts';
import { BPF_MAP_TYPE, SLEEPABLE_MAP_TYPES } from '../../platform/map-types.ts';
import { TRACING_PROG_TYPES } from '../../platform/prog-types.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import type { VerifierMap } from '../api.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EBUSY, EINVAL } from '../state/errno.ts';
import { recordOfMap } from '../state/records.ts';

/** The message that forbids a managed field to this program type, or null. */
function fieldMessage(record: BtfRecord | null, progType: number): string | null {
  const isTracing = TRACING_PROG_TYPES.has(progType);
  const hasLock = hasField(record, BPF_SPIN_LOCK | BPF_RES_SPIN_LOCK);
  if (isTracing && hasField(record, BPF_LIST_HEAD | BPF_RB_ROOT)) {
    return 'tracing progs cannot use bpf_{list_head,rb_root} yet\n';
  }
  if (hasLock && progType === BPF_PROG_TYPE.socket_filter) {
    return 'socket filter progs cannot use bpf_spin_lock yet\n';
  }
  if (!isTracing) return null;
  if (hasLock) return 'tracing progs cannot use bpf_spin_lock yet\n';
  if (hasField(record, BPF_TIMER)) return 'tracing progs cannot use bpf_timer yet\n';
  return hasField(record, BPF_WORKQUEUE) ? 'tracing progs cannot use bpf_wq yet\n' : null;
}

const CGROUP_STORAGES: ReadonlySet<number> = new Set([
  BPF_MAP_TYPE.cgroup_storage,
  BPF_MAP_TYPE.percpu_cgroup_storage,
]);

/** The program's arena: one at most, at a known address. */
function checkArena(env: VerifierEnv, map: VerifierMap): number {
  if (env.arena !== null) return reject(env, EBUSY, 'Only one arena per program\n');
  env.arena = map;
  return 0;
}

/** check_map_prog_compatibility(), Linux 6.18: 0 or -errno. */
export function checkMapProgCompatibility(env: VerifierEnv, map: VerifierMap): number {
  const message = fieldMessage(recordOfMap(env, map), env.progType);
  if (message !== null) {
    return reject(env, EINVAL, message);
  }
  if (map.type === BPF_MAP_TYPE.struct_ops) {
    return reject(env, EINVAL, 'bpf_struct_ops map cannot be used in prog\n');
  }
  if (env.sleepable && !SLEEPABLE_MAP_TYPES.has(map.type)) {
    return reject(
      env,
      EINVAL,
      'Sleepable programs can only use array, hash, ringbuf and local storage maps\n',
    );
  }
  if (CGROUP_STORAGES.has(map.type) && env.maps.some((m) => m.type === map.type && m.id !== map.id)) {
    return reject(env, EBUSY, 'only one cgroup storage of each type is allowed\n');
  }
  return map.type === BPF_MAP_TYPE.arena ? checkArena(env, map) : 0;
}
