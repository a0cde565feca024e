import type { Btf } from '../../btf/btf.ts';
import type { BtfFuncProto } from '../../btf/types.ts';
import type { CallFlags } from '../../platform/call-flags.ts';
import type { FuncProto } from '../../platform/func-proto.ts';
import type { KfuncRole } from '../../platform/kfuncs.ts';

export interface HelperSignature {
  readonly kind: 'helper';
  readonly id: number;
  /** null when the program may not call it. */
  readonly proto: FuncProto | null;
  readonly flags: CallFlags;
}

/** A kernel function as its BTF describes it. */
export interface KfuncSignature {
  readonly kind: 'kfunc';
  readonly name: string;
  readonly btf: Btf;
  /** The BTF word of registers for `btf`. */
  readonly btfWord: number;
  readonly id: number;
  readonly proto: BtfFuncProto;
  /** KF_*; null when the program may not call it. */
  readonly flags: number | null;
  readonly role: KfuncRole;
}

export interface SubprogSignature {
  readonly kind: 'subprog';
  /** First slot of the subprogram that is called. */
  readonly start: number;
}

/** A kfunc call that names no function: dead code, or refused where it is walked. */
export interface UnresolvedSignature {
  readonly kind: 'unresolved';
}

/** What a call instruction calls. */
export type Signature = HelperSignature | KfuncSignature | SubprogSignature | UnresolvedSignature;

/** is_sync_callback_calling_insn(), is_async_callback_calling_insn(): does the call run a subprogram, and when? */
export function callbackOf(signature: Signature): 'sync' | 'async' | null {
  if (signature.kind === 'helper') return signature.flags.callback ?? null;
  if (signature.kind !== 'kfunc') return null;
  if (signature.role === 'rbtree_add') return 'sync';
  return signature.role === 'wq_set_callback' || signature.role === 'task_work_schedule' ? 'async' : null;
}
