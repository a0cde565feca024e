import { VmFault } from '../fault.ts';
import { ArrayMap } from '../maps/array-map.ts';
import { HashMap } from '../maps/hash-map.ts';
import { EINVAL } from '../maps/map.ts';
import type { Runtime } from '../runtime.ts';
import { intHelper, mapArg } from './helper.ts';

function lookupOnCpu(rt: Runtime): number {
  const map = mapArg(rt, 1);
  if (map instanceof ArrayMap || map instanceof HashMap) return map.lookupOn(rt.arg(3), rt.arg(2));
  throw new VmFault('helper', `map type ${map.attr.type} has no values by CPU`);
}

/** Map access from programs (kernel/bpf/helpers.c, Linux 6.18). */
export const MAP_HELPERS = [
  intHelper(1, 'bpf_map_lookup_elem', 2, (rt) => mapArg(rt, 1).lookup(rt.arg(2))),
  intHelper(2, 'bpf_map_update_elem', 4, (rt) => {
    const flags = rt.argU64(4);
    return flags > 0xffffffff ? -EINVAL : mapArg(rt, 1).update(rt.arg(2), rt.arg(3), flags);
  }),
  intHelper(3, 'bpf_map_delete_elem', 2, (rt) => mapArg(rt, 1).delete(rt.arg(2))),
  intHelper(87, 'bpf_map_push_elem', 3, (rt) => mapArg(rt, 1).push(rt.arg(2), rt.argU64(3))),
  intHelper(88, 'bpf_map_pop_elem', 2, (rt) => mapArg(rt, 1).pop(rt.arg(2))),
  intHelper(89, 'bpf_map_peek_elem', 2, (rt) => mapArg(rt, 1).peek(rt.arg(2))),
  intHelper(195, 'bpf_map_lookup_percpu_elem', 3, lookupOnCpu),
];
