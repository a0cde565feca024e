import { BPF_BASE_FUNC_PROTO, BPF_TRACING_FUNC_PROTO, PE_PROG_FUNC_PROTO } from '../func-tables.gen.ts';
import { type CtxLayout, field } from './context.ts';
import { fromTables, progOps } from './ops.ts';
import { PT_REGS_SIZE } from './pt-regs.ts';

const CONTEXT: CtxLayout = {
  type: 'bpf_perf_event_data',
  size: PT_REGS_SIZE + 16,
  fields: [
    field('regs', 0, PT_REGS_SIZE, 'exact8'),
    field('sample_period', PT_REGS_SIZE, 8, 'narrow8'),
    field('addr', PT_REGS_SIZE + 8, 8, 'narrow8'),
  ],
};

/** perf_event_verifier_ops */
export const PERF_EVENT = progOps({
  type: 'perf_event',
  ctxType: 'bpf_perf_event_data',
  context: () => CONTEXT,
  helper: fromTables(PE_PROG_FUNC_PROTO, BPF_TRACING_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
});
