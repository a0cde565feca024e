import { RET } from '../../platform/func-proto.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import { KF_FASTCALL } from '../../platform/kfuncs.ts';
import type { VerifierEnv } from '../state/env.ts';
import { resolveCall } from '../state/resolve-call.ts';
import { isSubprogCall } from './insn-flow.ts';

/** What a call does to the registers (`struct call_summary`). */
export interface CallSummary {
  readonly numParams: number;
  readonly isVoid: boolean;
  /** Keeps all registers but its own parameters and r0, on this machine. */
  readonly fastcall: boolean;
}

/** verifier_inlines_helper_call() on x86-64. */
const INLINED_HELPERS: ReadonlySet<number> = new Set([BPF_FUNC.get_smp_processor_id]);

/** get_call_summary(); null for calls of subprograms, and for functions that this program may not call. */
export function callSummary(env: VerifierEnv, insn: number): CallSummary | null {
  if (isSubprogCall(env.insns, insn)) return null;
  const signature = resolveCall(env, insn);
  if (signature.kind === 'helper') {
    const { proto, id } = signature;
    if (proto === null) return null;
    return {
      numParams: proto.args.length,
      isVoid: proto.ret === RET.RET_VOID,
      fastcall: proto.allowFastcall === true && INLINED_HELPERS.has(id),
    };
  }
  if (signature.kind !== 'kfunc' || signature.flags === null) return null;
  return {
    numParams: signature.proto.params.length,
    isVoid: signature.proto.type === 0,
    fastcall: (signature.flags & KF_FASTCALL) !== 0,
  };
}
