import { BPF_BASE_FUNC_PROTO, BPF_TRACING_FUNC_PROTO, RAW_TP_PROG_FUNC_PROTO } from '../func-tables.gen.ts';
import { type CtxLayout, field } from './context.ts';
import { fromTables, progOps } from './ops.ts';

/** MAX_BPF_FUNC_ARGS * 8 */
const ARGS_SIZE = 96;

const ARGS: CtxLayout = {
  type: 'bpf_raw_tracepoint_args',
  size: ARGS_SIZE,
  fields: [field('args', 0, ARGS_SIZE, 'any')],
};
/** The first argument is a buffer that the program may write. */
const WRITABLE_ARGS: CtxLayout = {
  ...ARGS,
  fields: [field('buffer', 0, 1, 'exact8', 'none', 'tp_buffer'), field('args', 1, ARGS_SIZE - 1, 'any')],
};

const helper = fromTables(RAW_TP_PROG_FUNC_PROTO, BPF_TRACING_FUNC_PROTO, BPF_BASE_FUNC_PROTO);

/** raw_tracepoint_verifier_ops */
export const RAW_TRACEPOINT = progOps({
  type: 'raw_tracepoint',
  ctxType: 'bpf_raw_tracepoint_args',
  context: () => ARGS,
  convertsContext: false,
  helper,
});

/** raw_tracepoint_writable_verifier_ops */
export const RAW_TRACEPOINT_WRITABLE = progOps({
  type: 'raw_tracepoint_writable',
  ctxType: 'bpf_raw_tracepoint_args',
  context: () => WRITABLE_ARGS,
  convertsContext: false,
  helper,
});
