import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { VmFault } from '../fault.ts';
import { RedirectMap } from '../maps/redirect-map.ts';
import type { Runtime } from '../runtime.ts';
import { intHelper, mapArg, packetOf } from './helper.ts';

/** `enum xdp_action` and `TC_ACT_*` that these helpers answer. */
const XDP_ABORTED = 0;
const XDP_REDIRECT = 4;
const TC_ACT_SHOT = 2;
const TC_ACT_REDIRECT = 7;
/** XDP_ABORTED | XDP_DROP | XDP_PASS | XDP_TX: the answer for a failed lookup, in the flags' low bits. */
const ACTION_MASK = 3;
const BPF_F_BROADCAST = 8;
const BPF_F_EXCLUDE_INGRESS = 16;
const BPF_F_INGRESS = 1;
/** sizeof(struct bpf_redir_neigh). */
const NEIGH_SIZE = 20;

/** bpf_redirect(ifindex, flags): a test run goes no further than the answer, whatever the device. */
function redirect(rt: Runtime): number {
  const flags = rt.argU64(2);
  if (packetOf(rt).kind === 'xdp') return flags === 0 ? XDP_REDIRECT : XDP_ABORTED;
  return flags > BPF_F_INGRESS ? TC_ACT_SHOT : TC_ACT_REDIRECT;
}

/** bpf_redirect_map(map, key, flags): __bpf_xdp_redirect_map(). The key is cut to 32 bits. */
function redirectMap(rt: Runtime): number {
  const map = mapArg(rt, 1);
  const flags = rt.argU64(3);
  if (!(map instanceof RedirectMap))
    throw new VmFault('helper', `map type ${map.attr.type} is not one to redirect to`);
  const toDevice = map.attr.type === BPF_MAP_TYPE.devmap || map.attr.type === BPF_MAP_TYPE.devmap_hash;
  const allowed = ACTION_MASK | (toDevice ? BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS : 0);
  if (flags > 0xffffffff || (flags & ~allowed) !== 0) return XDP_ABORTED;
  // The key lies in the argument slot itself, which holds it as a u32.
  const found = map.lookup(rt.argAddress(2)) !== 0;
  return found || (flags & BPF_F_BROADCAST) !== 0 ? XDP_REDIRECT : flags & ACTION_MASK;
}

/** bpf_redirect_neigh(ifindex, params, plen, flags). */
function redirectNeighbour(rt: Runtime): number {
  const size = rt.argS32(3);
  const refused = (size !== 0 && size < NEIGH_SIZE) || rt.argU64(4) !== 0;
  return refused ? TC_ACT_SHOT : TC_ACT_REDIRECT;
}

/** Redirection (net/core/filter.c, include/linux/filter.h; Linux 6.18). */
export const REDIRECT_HELPERS = [
  intHelper(23, 'bpf_redirect', 2, redirect),
  intHelper(51, 'bpf_redirect_map', 3, redirectMap),
  intHelper(152, 'bpf_redirect_neigh', 4, redirectNeighbour),
  intHelper(155, 'bpf_redirect_peer', 2, (rt) => (rt.argU64(2) === 0 ? TC_ACT_REDIRECT : TC_ACT_SHOT)),
];
