import { BPF_BASE_FUNC_PROTO, SOCK_FILTER_FUNC_PROTO } from '../func-tables.gen.ts';
import type { ProgKind } from '../prog-types.ts';
import { cgroupHelper } from './cgroup.ts';
import type { CtxField, CtxLayout } from './context.ts';
import { attachTypes, isAttachedTo } from './kinds.ts';
import { progOps, ZERO_OR_ONE } from './ops.ts';
import { BPF_SOCK } from './sock.ts';

/** __sock_filter_check_attach_type() */
function fieldAt(prog: ProgKind, f: CtxField): CtxField {
  const hidden = { ...f, read: 'none', write: 'none' } as const;
  const is4 = isAttachedTo(prog, 'cgroup_inet4_post_bind');
  const is6 = isAttachedTo(prog, 'cgroup_inet6_post_bind');
  switch (f.name) {
    case 'bound_dev_if':
    case 'mark':
    case 'priority':
      return is4 || is6 ? hidden : { ...f, write: 'exact4' };
    case 'src_ip4':
      return is4 ? f : hidden;
    case 'src_ip6':
      return is6 ? f : hidden;
    case 'src_port':
      return is4 || is6 ? f : hidden;
    default:
      return f;
  }
}

const ATTACH = attachTypes(
  'cgroup_inet_sock_create',
  'cgroup_inet_sock_release',
  'cgroup_inet4_post_bind',
  'cgroup_inet6_post_bind',
);

const LAYOUTS: ReadonlyMap<number, CtxLayout> = new Map(
  [...ATTACH].map((attachType) => {
    const prog = { type: 0, attachType };
    return [attachType, { ...BPF_SOCK, fields: BPF_SOCK.fields.map((f) => fieldAt(prog, f)) }];
  }),
);

/** cg_sock_verifier_ops */
export const CGROUP_SOCK = progOps({
  type: 'cgroup_sock',
  ctxType: 'bpf_sock',
  context: (prog) => LAYOUTS.get(prog.attachType) ?? BPF_SOCK,
  helper: cgroupHelper([SOCK_FILTER_FUNC_PROTO, BPF_BASE_FUNC_PROTO]),
  retval: () => ZERO_OR_ONE,
  attachTypes: ATTACH,
});
