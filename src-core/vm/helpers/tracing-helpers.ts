import { EOPNOTSUPP } from '../../uapi/errno.ts';
import { type Helper, intHelper } from './helper.ts';

/** Probes (kernel/trace/bpf_trace.c, Linux 6.18). No cookie is given to a link here, and none is 0. */
export const TRACING_HELPERS: readonly Helper[] = [
  intHelper(174, 'bpf_get_attach_cookie', 1, () => 0),
  // Branch records need a processor that keeps them.
  intHelper(176, 'bpf_get_branch_snapshot', 3, () => -EOPNOTSUPP),
  intHelper(119, 'bpf_read_branch_records', 4, () => -EOPNOTSUPP),
];
