import { BPF_BASE_FUNC_PROTO, BPF_TRACING_FUNC_PROTO, TP_PROG_FUNC_PROTO } from '../func-tables.gen.ts';
import { field } from './context.ts';
import { fromTables, progOps } from './ops.ts';

/** PERF_MAX_TRACE_SIZE */
const RECORD_SIZE = 8192;

/** The first 8 bytes, the common header's start, are out of reach. */
const CONTEXT = {
  type: 'tracepoint record',
  size: RECORD_SIZE,
  fields: [field('record', 8, RECORD_SIZE - 8, 'any')],
};

/** tracepoint_verifier_ops */
export const TRACEPOINT = progOps({
  type: 'tracepoint',
  ctxType: null,
  context: () => CONTEXT,
  convertsContext: false,
  helper: fromTables(TP_PROG_FUNC_PROTO, BPF_TRACING_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
});
