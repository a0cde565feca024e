import type { ProgTypeName } from '../../uapi/prog-types.ts';
import type { FuncTable } from '../func-tables.gen.ts';
import type { HelperName } from '../helpers.gen.ts';
import type { ProgKind } from '../prog-types.ts';
import type { ProtoName } from '../protos.gen.ts';
import type { CtxLayout } from './context.ts';
import { isAttachedTo } from './kinds.ts';

/** A program as rules about helpers ask for it. */
export interface HelperCaller extends ProgKind {
  readonly sleepable: boolean;
  /**
   * What a BTF-typed program is bound to, once it is resolved: a function ("bpf_iter_tcp", "bpf_lsm_file_open") or
   * a member ("tcp_congestion_ops.init"); null before, and for other programs.
   */
  readonly target: string | null;
}

export interface RetvalBounds {
  readonly min: number;
  readonly max: number;
}

/** How the context is checked: field by field, or as the arguments of the function that the program is bound to. */
export type ProgContext = CtxLayout | 'args';

/** Everything that the kernel knows of one program type (`struct bpf_verifier_ops` and what the verifier adds). */
export interface ProgOps {
  readonly type: ProgTypeName;
  /** The type by which a function's argument names the context (first type of BPF_PROG_TYPE()); null for `void *`. */
  readonly ctxType: string | null;
  /** is_valid_access() */
  readonly context: (prog: ProgKind) => ProgContext;
  /** convert_ctx_access(): the context is a view, so that no helper can be given it as memory. */
  readonly convertsContext: boolean;
  /** get_func_proto(): the prototype's symbol, or null where the program may not call the helper. */
  readonly helper: (prog: HelperCaller, helper: HelperName) => ProtoName | null;
  /** check_return_code(): what r0 may hold; null for anything, 'target' where the attach target's prototype decides. */
  readonly retval: (prog: ProgKind) => RetvalBounds | 'target' | null;
  /** may_access_direct_pkt_data() */
  readonly packet: 'none' | 'read' | 'read-write';
  /** may_access_skb(): LD_ABS and LD_IND. */
  readonly ldAbs: boolean;
  /** can_be_sleepable(); BPF_PROG_TYPE_SYSCALL always sleeps and is no matter of this. */
  readonly sleepable: (prog: ProgKind) => boolean;
  /** bpf_prog_load_check_attach(): the expected attach types it may have; null for any. */
  readonly attachTypes: ReadonlySet<number> | null;
}

/** Which of several prototypes the kernel returns, as an index; 0 where there is no choice. */
function variant(helper: HelperName, prog: HelperCaller): 0 | 1 | 2 {
  switch (helper) {
    case 'get_stack':
    case 'get_task_stack':
      return prog.sleepable ? 0 : 1;
    case 'get_func_ip':
    case 'get_attach_cookie':
      if (isAttachedTo(prog, 'trace_kprobe_multi', 'trace_kprobe_session')) return 0;
      return isAttachedTo(prog, 'trace_uprobe_multi', 'trace_uprobe_session') ? 1 : 2;
    default:
      // task_storage_get and _delete: both prototypes read the same.
      return 0;
  }
}

/** In the tables, but the reference kernel refuses it to root as well (locked down or a missing capability). */
const REFUSED: ReadonlySet<HelperName> = new Set<HelperName>(['probe_write_user']);

/** Asks the tables that a get_func_proto() asks, one after another; privileged programs only. */
export function fromTables(...tables: readonly FuncTable[]): ProgOps['helper'] {
  return (prog, helper) => {
    if (REFUSED.has(helper)) return null;
    for (const table of tables) {
      const found = table[helper];
      if (found === undefined) continue;
      return found[found.length === 1 ? 0 : variant(helper, prog)] ?? null;
    }
    return null;
  };
}

type Given = Pick<ProgOps, 'type' | 'ctxType' | 'context' | 'helper'>;

/** A program type with the rules that most have: any return value, no packet, never sleepable. */
export function progOps(ops: Given & Partial<ProgOps>): ProgOps {
  return {
    convertsContext: true,
    retval: () => null,
    packet: 'none',
    ldAbs: false,
    sleepable: () => false,
    attachTypes: null,
    ...ops,
  };
}

export const ZERO_OR_ONE: RetvalBounds = { min: 0, max: 1 };
