import { BPF_BASE_FUNC_PROTO, BPF_TRACING_FUNC_PROTO, KPROBE_PROG_FUNC_PROTO } from '../func-tables.gen.ts';
import { field } from './context.ts';
import { isAttachedTo } from './kinds.ts';
import { fromTables, progOps, ZERO_OR_ONE } from './ops.ts';
import { PT_REGS_SIZE } from './pt-regs.ts';

/** Read-only on the reference kernel, though its source could let kprobes write (`kprobe_write_ctx`). */
const CONTEXT = {
  type: 'bpf_user_pt_regs_t',
  size: PT_REGS_SIZE,
  fields: [field('regs', 0, PT_REGS_SIZE, 'any')],
};

/** kprobe_verifier_ops: kprobes, uprobes, their multi and session forms, USDT. */
export const KPROBE = progOps({
  type: 'kprobe',
  ctxType: 'pt_regs',
  context: () => CONTEXT,
  convertsContext: false,
  helper: fromTables(KPROBE_PROG_FUNC_PROTO, BPF_TRACING_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
  retval: (prog) => (isAttachedTo(prog, 'trace_kprobe_session', 'trace_uprobe_session') ? ZERO_OR_ONE : null),
  sleepable: () => true,
});
