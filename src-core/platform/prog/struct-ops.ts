import { BPF_BASE_FUNC_PROTO, BPF_TCP_CA_GET_FUNC_PROTO } from '../func-tables.gen.ts';
import { fromTables, type HelperCaller, type ProgOps, progOps } from './ops.ts';

const ofTcp = fromTables(BPF_TCP_CA_GET_FUNC_PROTO, BPF_BASE_FUNC_PROTO);

/** bpf_tcp_ca_get_func_proto(): release() may not change the socket any more. */
const tcpCongestionOps: ProgOps['helper'] = (prog, helper) => {
  const isSockopt = helper === 'setsockopt' || helper === 'getsockopt';
  if (isSockopt && prog.target === 'tcp_congestion_ops.release') return null;
  return ofTcp(prog, helper);
};

function helperOf(prog: HelperCaller, helper: Parameters<ProgOps['helper']>[1]) {
  // bpf_dummy_ops lends no helper at all.
  return prog.target?.startsWith('tcp_congestion_ops.') ? tcpCongestionOps(prog, helper) : null;
}

/** bpf_struct_ops_verifier_ops, then those of the structure that the program's member belongs to. */
export const STRUCT_OPS = progOps({
  type: 'struct_ops',
  ctxType: null,
  context: () => 'args',
  convertsContext: false,
  helper: helperOf,
  retval: () => 'target',
  sleepable: () => true,
});
