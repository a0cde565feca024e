import { EINVAL, ENODEV, ENOENT } from '../../uapi/errno.ts';
import type { Runtime } from '../runtime.ts';
import { intHelper, packetOf } from './helper.ts';

const EBADMSG = 74;
const AF_INET = 2;
const AF_INET6 = 10;
/** The loopback device, the only one of a test run, and its MTU. */
const LOOPBACK = { ifindex: 1, mtu: 65536, headerLength: 14 } as const;
const BPF_F_INGRESS = 1;
const CHK_SEGS = 1;
/** enum bpf_check_mtu_ret. */
const MTU = { success: 0, fragNeeded: 1 } as const;
/** struct bpf_fib_lookup. */
const FIB_SIZE = 64;
const FIB_FLAGS = 0x3f;
const FIB_OUTPUT = 2;
/** BPF_FIB_LKUP_RET_NOT_FWDED: the route is local, or there is none. */
const NOT_FORWARDED = 4;

/** bpf_check_mtu(ctx, ifindex, mtu_len, len_diff, flags) */
function checkMtu(rt: Runtime): number {
  const packet = packetOf(rt);
  const [ifindex, at, diff, flags] = [rt.arg(2), rt.arg(3), rt.argS32(4), rt.argU64(5)];
  const { memory } = rt;
  const given = memory.u32(at);
  const allowed = packet.kind === 'skb' ? CHK_SEGS : 0;
  if (flags > 0xffffffff || (flags & ~allowed) !== 0) return -EINVAL;
  if (flags === CHK_SEGS && (diff !== 0 || given !== 0)) return -EINVAL;
  if (ifindex !== 0 && ifindex !== LOOPBACK.ifindex) return -ENODEV;
  const length = (given === 0 ? packet.length : given + LOOPBACK.headerLength) + diff;
  memory.setU32(at, LOOPBACK.mtu);
  return length <= LOOPBACK.mtu + LOOPBACK.headerLength ? MTU.success : MTU.fragNeeded;
}

/** bpf_clone_redirect(skb, ifindex, flags): the clone leaves on the device, and nobody waits for it. */
function cloneRedirect(rt: Runtime): number {
  const [ifindex, flags] = [rt.arg(2), rt.argU64(3)];
  if (flags > BPF_F_INGRESS) return -EINVAL;
  const gsoSize = rt.memory.u32(rt.arg(1) + 176);
  if (gsoSize !== 0) return -EBADMSG;
  return ifindex === LOOPBACK.ifindex ? 0 : -EINVAL;
}

/** bpf_fib_lookup(ctx, params, size, flags): a test run's network has no routes to elsewhere. */
function fibLookup(rt: Runtime): number {
  const [at, size, flags] = [rt.arg(2), rt.argS32(3), rt.arg(4)];
  if (size < FIB_SIZE || (flags & ~FIB_FLAGS) !== 0) return -EINVAL;
  const family = rt.memory.bytes[at];
  if (family !== AF_INET && family !== AF_INET6) return -97;
  const ifindex = rt.memory.u32(at + 8);
  if (ifindex !== LOOPBACK.ifindex && (flags & FIB_OUTPUT) === 0) return -ENODEV;
  return NOT_FORWARDED;
}

/** What these answer of a packet that no socket, cgroup or transformation belongs to. */
export const NET_HELPERS = [
  intHelper(13, 'bpf_clone_redirect', 3, cloneRedirect),
  intHelper(163, 'bpf_check_mtu', 5, checkMtu),
  intHelper(69, 'bpf_fib_lookup', 4, fibLookup),
  // No socket is open in the network of a test run.
  intHelper(84, 'bpf_sk_lookup_tcp', 5, () => 0),
  intHelper(85, 'bpf_sk_lookup_udp', 5, () => 0),
  intHelper(99, 'bpf_skc_lookup_tcp', 5, () => 0),
  intHelper(86, 'bpf_sk_release', 1, () => 0),
  intHelper(66, 'bpf_skb_get_xfrm_state', 5, (rt) => {
    rt.memory.bytes.fill(0, rt.arg(3), rt.arg(3) + rt.arg(4));
    return rt.argU64(5) === 0 ? -ENOENT : -EINVAL;
  }),
  // A hash of the flow is made when it is first asked for; of a packet that was hashed it is known.
  intHelper(34, 'bpf_get_hash_recalc', 1, (rt) => rt.memory.u32(rt.arg(1) + 68)),
];
