import { SYSCALL_PROG_FUNC_PROTO } from '../func-tables.gen.ts';
import { type CtxLayout, field } from './context.ts';
import { progOps } from './ops.ts';
import { tracingHelper } from './tracing.ts';

/** U16_MAX */
const SIZE = 0xffff;

/** Whatever the caller of BPF_PROG_TEST_RUN passes; a load may start in the last byte. */
const CONTEXT: CtxLayout = {
  type: 'void',
  size: SIZE,
  fields: [field('args', 0, SIZE, 'free', 'free')],
};

/** bpf_syscall_verifier_ops */
export const SYSCALL = progOps({
  type: 'syscall',
  ctxType: null,
  context: () => CONTEXT,
  convertsContext: false,
  helper: tracingHelper([SYSCALL_PROG_FUNC_PROTO]),
  attachTypes: new Set([0]),
});
