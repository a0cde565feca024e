import { MAP_TYPE_NAMES, type MapTypeName } from '../../platform/map-types.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';
import { BTF_VMLINUX, type Reg } from '../state/reg.ts';
import { Unsupported } from '../state/unsupported.ts';
import type { Access } from './access.ts';
import { markBtfLoad } from './btf-access.ts';
import { structAccess } from './struct-walk.ts';

/** The kernel's structure behind a map of each type (`map_btf_id` of its `bpf_map_ops`, Linux 6.18). */
const STRUCTS: Partial<Record<MapTypeName, string>> = {
  hash: 'bpf_htab',
  percpu_hash: 'bpf_htab',
  lru_hash: 'bpf_htab',
  lru_percpu_hash: 'bpf_htab',
  hash_of_maps: 'bpf_htab',
  array: 'bpf_array',
  percpu_array: 'bpf_array',
  prog_array: 'bpf_array',
  perf_event_array: 'bpf_array',
  cgroup_array: 'bpf_array',
  array_of_maps: 'bpf_array',
  stack_trace: 'bpf_stack_map',
  lpm_trie: 'lpm_trie',
  devmap: 'bpf_dtab',
  devmap_hash: 'bpf_dtab',
  cpumap: 'bpf_cpu_map',
  queue: 'bpf_queue_stack',
  stack: 'bpf_queue_stack',
  bloom_filter: 'bpf_bloom_filter',
  ringbuf: 'bpf_ringbuf_map',
  user_ringbuf: 'bpf_ringbuf_map',
  arena: 'bpf_arena',
  xskmap: 'xsk_map',
  sockmap: 'bpf_stab',
  sockhash: 'bpf_shtab',
  reuseport_sockarray: 'reuseport_array',
  sk_storage: 'bpf_local_storage_map',
  inode_storage: 'bpf_local_storage_map',
  task_storage: 'bpf_local_storage_map',
  cgrp_storage: 'bpf_local_storage_map',
  cgroup_storage: 'bpf_cgroup_storage_map',
  percpu_cgroup_storage: 'bpf_cgroup_storage_map',
};

/**
 * check_ptr_to_map_access(), Linux 6.18: a read of the kernel's structure of a map. `acc.off` holds the register's
 * fixed offset.
 */
export function checkMapStructAccess(env: VerifierEnv, reg: Reg, acc: Access): number {
  const map = env.maps[reg.map];
  const name = STRUCTS[MAP_TYPE_NAMES[map.type]];
  if (name === undefined) throw new Unsupported(`access to the struct of map ${map.name}`);
  if (acc.off < 0) {
    return reject(env, EACCES, 'R%d is %s invalid negative access: off=%d\n', acc.regno, name, acc.off);
  }
  if (acc.write) {
    return reject(env, EACCES, 'only read from %s is supported\n', name);
  }
  const id = env.kernelType(name, 'struct');
  const found = structAccess(env, { btf: env.kernelBtf, id, off: acc.off, size: acc.size, flexArrays: true });
  if (found.kind === 'refused') return -found.errno;
  if (acc.valueRegno < 0) return 0;
  const flag = found.kind === 'pointer' ? found.flag : 0;
  markBtfLoad(env, env.reg(acc.valueRegno), found, BTF_VMLINUX, flag);
  return 0;
}
