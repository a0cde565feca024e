import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import {
  BPF_BASE_FUNC_PROTO,
  BPF_ITER_TCP_GET_FUNC_PROTO,
  BPF_ITER_UNIX_GET_FUNC_PROTO,
  BPF_TRACING_FUNC_PROTO,
  type FuncTable,
  RAW_TP_PROG_FUNC_PROTO,
  TRACING_PROG_FUNC_PROTO,
} from '../func-tables.gen.ts';
import type { HelperName } from '../helpers.gen.ts';
import type { ProgKind } from '../prog-types.ts';
import { isAttachedTo } from './kinds.ts';
import { fromTables, type HelperCaller, type ProgOps, progOps } from './ops.ts';

/** bpf_prog_has_trampoline() */
export function hasTrampoline(prog: ProgKind): boolean {
  if (prog.type === BPF_PROG_TYPE.lsm) return isAttachedTo(prog, 'lsm_mac');
  if (prog.type !== BPF_PROG_TYPE.tracing) return false;
  return isAttachedTo(prog, 'trace_fentry', 'trace_fexit', 'modify_return');
}

const isIter = (prog: ProgKind): boolean => isAttachedTo(prog, 'trace_iter');

/** Helpers of tracing programs that only some of their attach types have. */
function refuses(prog: HelperCaller, helper: HelperName): boolean {
  switch (helper) {
    case 'seq_printf':
    case 'seq_write':
    case 'seq_printf_btf':
      return !isIter(prog);
    case 'get_func_ret':
    case 'get_func_arg':
    case 'get_func_arg_cnt':
      return !hasTrampoline(prog);
    case 'get_attach_cookie':
      return !hasTrampoline(prog) && !isRawTp(prog);
    default:
      return false;
  }
}

const isRawTp = (prog: ProgKind): boolean =>
  prog.type === BPF_PROG_TYPE.tracing && isAttachedTo(prog, 'trace_raw_tp');

/** bpf_iter_get_func_proto(): what the iterators over some sockets have more. */
const ITER_TABLES: Readonly<Record<string, FuncTable>> = {
  bpf_iter_tcp: BPF_ITER_TCP_GET_FUNC_PROTO,
  bpf_iter_unix: BPF_ITER_UNIX_GET_FUNC_PROTO,
};

/** tracing_prog_func_proto(), after the tables of a type's own. */
export function tracingHelper(own: readonly FuncTable[]): ProgOps['helper'] {
  const first = fromTables(...own);
  const all = fromTables(
    TRACING_PROG_FUNC_PROTO,
    RAW_TP_PROG_FUNC_PROTO,
    BPF_TRACING_FUNC_PROTO,
    BPF_BASE_FUNC_PROTO,
  );
  return (prog, helper) => {
    const found = first(prog, helper) ?? (refuses(prog, helper) ? null : all(prog, helper));
    if (found !== null || !isIter(prog)) return found;
    const ofIter = ITER_TABLES[prog.target ?? ''];
    return ofIter === undefined ? null : fromTables(ofIter)(prog, helper);
  };
}

/** tracing_verifier_ops: tp_btf, fentry, fexit, fmod_ret and iterators. */
export const TRACING = progOps({
  type: 'tracing',
  ctxType: null,
  context: () => 'args',
  convertsContext: false,
  helper: tracingHelper([]),
  retval: () => 'target',
  sleepable: (prog) => isAttachedTo(prog, 'trace_fentry', 'trace_fexit', 'modify_return', 'trace_iter'),
});
