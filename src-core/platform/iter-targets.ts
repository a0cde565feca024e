import { FLAG } from './func-proto.ts';

/** PTR_TO_BTF_ID and PTR_TO_BUF of `enum bpf_reg_type`. */
const BTF_ID = 16;
const BUF = 19;
const OR_NULL = BTF_ID | FLAG.PTR_MAYBE_NULL;
const TRUSTED_OR_NULL = OR_NULL | FLAG.PTR_TRUSTED;
const RDWR = BUF | FLAG.PTR_MAYBE_NULL;
const RDONLY = RDWR | FLAG.MEM_RDONLY;

/**
 * The types that iterators give their arguments (`ctx_arg_info` of the bpf_iter_reg structures, Linux 6.18), by the
 * iterator's name and the argument's, which is the member of `struct bpf_iter__NAME`.
 */
export const ITER_ARGS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  bpf_link: { link: OR_NULL },
  bpf_map: { map: TRUSTED_OR_NULL },
  bpf_map_elem: { key: RDONLY, value: RDWR },
  bpf_prog: { prog: OR_NULL },
  bpf_sk_storage_map: { sk: OR_NULL, value: RDWR },
  cgroup: { cgroup: TRUSTED_OR_NULL },
  dmabuf: { dmabuf: OR_NULL },
  ipv6_route: { rt: OR_NULL },
  kmem_cache: { s: TRUSTED_OR_NULL },
  ksym: { ksym: OR_NULL },
  netlink: { sk: OR_NULL },
  sockmap: { key: RDONLY, sk: OR_NULL },
  task: { task: TRUSTED_OR_NULL },
  task_file: { task: OR_NULL, file: OR_NULL },
  task_vma: { task: OR_NULL, vma: OR_NULL },
  tcp: { sk_common: TRUSTED_OR_NULL },
  udp: { udp_sk: TRUSTED_OR_NULL },
  unix: { unix_sk: OR_NULL },
};
