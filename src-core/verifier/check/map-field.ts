import { BPF_TASK_WORK, BPF_TIMER, BPF_WORKQUEUE, fieldOffset, hasField } from '../../platform/btf-record.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EFAULT, EINVAL } from '../state/errno.ts';
import { recordOfMap } from '../state/records.ts';
import { valLo, varOffConst } from './regs.ts';

/** Where a call keeps the map of an argument: index in env.maps (-1 for none) and the id of an inner map. */
export interface MapNote {
  map: number;
  mapUid: number;
}

const NAMES: Readonly<Record<number, string>> = {
  [BPF_TIMER]: 'bpf_timer',
  [BPF_WORKQUEUE]: 'bpf_wq',
  [BPF_TASK_WORK]: 'bpf_task_work',
};

/** check_map_field_pointer(), Linux 6.18: `regno` points to the timer, workqueue or task work of a map value. */
export function checkMapField(env: VerifierEnv, regno: number, type: number, note: MapNote): number {
  const reg = env.reg(regno);
  const map = env.maps[reg.map];
  const name = NAMES[type] ?? '';
  if (!varOffConst(reg)) {
    return reject(
      env,
      EINVAL,
      "R%d doesn't have constant offset. %s has to be at the constant offset\n",
      regno,
      name,
    );
  }
  if (map.btf === null) {
    return reject(env, EINVAL, "map '%s' has to have BTF in order to use %s\n", map.name, name);
  }
  const record = recordOfMap(env, map);
  if (!hasField(record, type)) return reject(env, EINVAL, "map '%s' has no valid %s\n", map.name, name);
  const at = fieldOffset(record, type) ?? 0;
  const off = valLo(reg) + reg.off;
  if (at !== off) {
    return reject(env, EINVAL, "off %lld doesn't point to 'struct %s' that is at %d\n", off, name, at);
  }
  if (note.map >= 0) return reject(env, EFAULT, 'verifier bug: Two map pointers in a %s helper\n', name);
  note.mapUid = reg.mapUid;
  note.map = reg.map;
  return 0;
}
