import type { Btf } from '../../btf/btf.ts';
import type { BtfFuncProto } from '../../btf/types.ts';

/** An argument whose type the kernel states by hand (`struct bpf_ctx_arg_aux`). */
export interface CtxArg {
  /** Bytes from the context's start. */
  readonly offset: number;
  readonly regType: number;
  /** A type of the target's BTF; 0 for a buffer. */
  readonly btfId: number;
}

/** What a BTF-typed program is bound to, found once before the walk (`struct bpf_attach_target_info`). */
export interface AttachTarget {
  readonly btf: Btf;
  /** The BTF word of registers for `btf`. */
  readonly btfWord: number;
  /** The function's name, the tracepoint's without its prefix, or the member's. */
  readonly name: string;
  /** Its prototype; null for a function of another program whose BTF does not match its code. */
  readonly proto: BtfFuncProto | null;
  /** A tracepoint: the prototype's first argument is not the program's. */
  readonly skipsFirstArg: boolean;
  readonly ctxArgs: readonly CtxArg[];
  /** "tcp_congestion_ops" for a member of it, else null. */
  readonly struct: string | null;
}
