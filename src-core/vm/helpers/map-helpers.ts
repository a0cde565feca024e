import { EINVAL } from '../../uapi/errno.ts';
import { intHelper, mapArg } from './helper.ts';

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
  intHelper(195, 'bpf_map_lookup_percpu_elem', 3, (rt) => mapArg(rt, 1).lookupOn(rt.arg(3), rt.arg(2))),
];
