import { BPF_BASE_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, SOCK_ADDR_FUNC_PROTO } from '../func-tables.gen.ts';
import type { HelperName } from '../helpers.gen.ts';
import type { ProgKind } from '../prog-types.ts';
import { cgroupHelper } from './cgroup.ts';
import { type CtxLayout, field, pointer } from './context.ts';
import { attachTypes, isAttachedTo } from './kinds.ts';
import { progOps, type RetvalBounds, ZERO_OR_ONE } from './ops.ts';

const INET4 = attachTypes(
  'cgroup_inet4_bind',
  'cgroup_inet4_connect',
  'cgroup_inet4_getpeername',
  'cgroup_inet4_getsockname',
  'cgroup_udp4_sendmsg',
  'cgroup_udp4_recvmsg',
);
const INET6 = attachTypes(
  'cgroup_inet6_bind',
  'cgroup_inet6_connect',
  'cgroup_inet6_getpeername',
  'cgroup_inet6_getsockname',
  'cgroup_udp6_sendmsg',
  'cgroup_udp6_recvmsg',
);
const UNIX = attachTypes(
  'cgroup_unix_connect',
  'cgroup_unix_getpeername',
  'cgroup_unix_getsockname',
  'cgroup_unix_sendmsg',
  'cgroup_unix_recvmsg',
);
/** They only look, or rewrite the address, and cannot refuse. */
const ONE_ONLY = attachTypes(
  'cgroup_udp4_recvmsg',
  'cgroup_udp6_recvmsg',
  'cgroup_unix_recvmsg',
  'cgroup_inet4_getpeername',
  'cgroup_inet6_getpeername',
  'cgroup_unix_getpeername',
  'cgroup_inet4_getsockname',
  'cgroup_inet6_getsockname',
  'cgroup_unix_getsockname',
);

/** sock_addr_is_valid_access(): the address fields of the attach type's own family. */
function contextOf(attachType: number): CtxLayout {
  const prog = { type: 0, attachType };
  const address4 = INET4.has(attachType);
  const address6 = INET6.has(attachType);
  const source4 = isAttachedTo(prog, 'cgroup_udp4_sendmsg');
  const source6 = isAttachedTo(prog, 'cgroup_udp6_sendmsg');
  const only = (isThere: boolean, name: string, offset: number) =>
    isThere ? [field(name, offset, 4, 'narrow4', 'exact4')] : [];
  const only6 = (isThere: boolean, name: string, offset: number) =>
    isThere ? [field(name, offset, 16, 'narrow4or8', 'exact4or8')] : [];
  return {
    type: 'bpf_sock_addr',
    size: 72,
    fields: [
      field('user_family', 0, 4, 'exact4'),
      ...only(address4, 'user_ip4', 4),
      ...only6(address6, 'user_ip6', 8),
      field('user_port', 24, 4, 'narrow4', 'exact4'),
      field('family', 28, 4, 'exact4'),
      field('type', 32, 4, 'exact4'),
      field('protocol', 36, 4, 'exact4'),
      ...only(source4, 'msg_src_ip4', 40),
      ...only6(source6, 'msg_src_ip6', 44),
      pointer('sk', 64, 'sock'),
    ],
  };
}

const ATTACH: ReadonlySet<number> = new Set([...INET4, ...INET6, ...UNIX]);
const LAYOUTS: ReadonlyMap<number, CtxLayout> = new Map([...ATTACH].map((a) => [a, contextOf(a)]));
const NO_FAMILY = contextOf(-1);

const refuses = (prog: ProgKind, helper: HelperName): boolean =>
  helper === 'bind' && !isAttachedTo(prog, 'cgroup_inet4_connect', 'cgroup_inet6_connect');

function retval(prog: ProgKind): RetvalBounds {
  if (ONE_ONLY.has(prog.attachType)) return { min: 1, max: 1 };
  return isAttachedTo(prog, 'cgroup_inet4_bind', 'cgroup_inet6_bind') ? { min: 0, max: 3 } : ZERO_OR_ONE;
}

/** cg_sock_addr_verifier_ops */
export const CGROUP_SOCK_ADDR = progOps({
  type: 'cgroup_sock_addr',
  ctxType: 'bpf_sock_addr',
  context: (prog) => LAYOUTS.get(prog.attachType) ?? NO_FAMILY,
  helper: cgroupHelper([SOCK_ADDR_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO], refuses),
  retval,
  attachTypes: ATTACH,
});
