import { EINVAL, ENOENT, ENOMEM } from '../../uapi/errno.ts';
import type { Runtime } from '../runtime.ts';
import { intHelper, packetOf } from './helper.ts';

const EPROTO = 71;
/** struct bpf_tunnel_key and its older, shorter forms. */
const KEY_SIZE = 44;
const KEY = { id: 0, remote: 4, tos: 20, ttl: 21, ext: 22, label: 24, local: 28 } as const;
const OLD_SIZES: readonly number[] = [KEY.local, KEY.label, KEY.ext, 8];
const TUNINFO_IPV6 = 1;
const TUNINFO_FLAGS = 16;
/** BPF_F_ZERO_CSUM_TX, DONT_FRAGMENT, SEQ_NUMBER, NO_TUNNEL_KEY and TUNINFO_IPV6. */
const SET_FLAGS = 2 | 4 | 8 | 16 | TUNINFO_IPV6;
const MAX_OPTIONS = 255;
/** TUNNEL_CSUM, DONT_FRAGMENT, KEY, SEQ, NOCACHE, OPTIONS_PRESENT as tunnel_flags shows them. */
const TUNNEL = { csum: 0x0100, key: 0x0400, seq: 0x0800, dontFragment: 0x0001, noCache: 0x0020 } as const;

/** bpf_skb_set_tunnel_key(skb, key, size, flags) */
function setKey(rt: Runtime): number {
  const [from, size, flags] = [rt.arg(2), rt.arg(3), rt.argU64(4)];
  if (flags > 0xff || (flags & ~SET_FLAGS) !== 0) return -EINVAL;
  if (size !== KEY_SIZE && !OLD_SIZES.includes(size)) return -EINVAL;
  const key = new Uint8Array(KEY_SIZE);
  key.set(rt.memory.slice(from, size));
  const view = new DataView(key.buffer);
  const ipv6 = (flags & TUNINFO_IPV6) !== 0;
  if ((!ipv6 && view.getUint32(KEY.label, true) !== 0) || view.getUint16(KEY.ext, true) !== 0) return -EINVAL;
  const shown =
    TUNNEL.noCache |
    ((flags & 2) === 0 ? TUNNEL.csum : 0) |
    ((flags & 4) === 0 ? 0 : TUNNEL.dontFragment) |
    ((flags & 8) === 0 ? 0 : TUNNEL.seq) |
    ((flags & 16) === 0 ? TUNNEL.key : 0);
  packetOf(rt).tunnel = { key, ipv6, flags: shown, options: null };
  return 0;
}

/** bpf_skb_get_tunnel_key(skb, key, size, flags): what was set, seen from the other end. */
function getKey(rt: Runtime): number {
  const [to, size, flags] = [rt.arg(2), rt.arg(3), rt.argU64(4)];
  const { tunnel } = packetOf(rt);
  const refuse = (errno: number): number => {
    rt.memory.bytes.fill(0, to, to + size);
    return -errno;
  };
  if (tunnel === null || (flags & ~(TUNINFO_IPV6 | TUNINFO_FLAGS)) !== 0) return refuse(EINVAL);
  if (tunnel.ipv6 !== ((flags & TUNINFO_IPV6) !== 0)) return refuse(EPROTO);
  if (size !== KEY_SIZE && !(OLD_SIZES.includes(size) && (size !== 8 || !tunnel.ipv6))) return refuse(EINVAL);
  const key = tunnel.key.slice();
  const words = tunnel.ipv6 ? 16 : 4;
  key.fill(0, KEY.remote, KEY.remote + 16).fill(0, KEY.local, KEY.local + 16);
  key.set(tunnel.key.subarray(KEY.local, KEY.local + words), KEY.remote);
  key.set(tunnel.key.subarray(KEY.remote, KEY.remote + words), KEY.local);
  if ((flags & TUNINFO_FLAGS) !== 0) new DataView(key.buffer).setUint16(KEY.ext, tunnel.flags, true);
  rt.memory.bytes.set(key.subarray(0, size), to);
  return 0;
}

function getOptions(rt: Runtime): number {
  const [to, size] = [rt.arg(2), rt.arg(3)];
  const options = packetOf(rt).tunnel?.options ?? null;
  rt.memory.bytes.fill(0, to, to + size);
  if (options === null) return -ENOENT;
  if (size < options.length) return -ENOMEM;
  rt.memory.bytes.set(options, to);
  return options.length;
}

function setOptions(rt: Runtime): number {
  const [from, size] = [rt.arg(2), rt.arg(3)];
  const { tunnel } = packetOf(rt);
  if (tunnel === null || size % 4 !== 0) return -EINVAL;
  if (size > MAX_OPTIONS) return -ENOMEM;
  tunnel.options = rt.memory.slice(from, size);
  return 0;
}

/** Tunnels (net/core/filter.c, Linux 6.18). */
export const TUNNEL_HELPERS = [
  intHelper(20, 'bpf_skb_get_tunnel_key', 4, getKey),
  intHelper(21, 'bpf_skb_set_tunnel_key', 4, setKey),
  intHelper(29, 'bpf_skb_get_tunnel_opt', 3, getOptions),
  intHelper(30, 'bpf_skb_set_tunnel_opt', 3, setOptions),
];
