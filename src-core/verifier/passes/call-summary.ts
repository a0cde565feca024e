import { helperProto } from '../../platform/func-access.ts';
import { RET } from '../../platform/func-proto.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import type { VerifierEnv } from '../state/env.ts';
import { isHelperCall } from './insn-flow.ts';

/** What a call does to the registers (`struct call_summary`). */
export interface CallSummary {
  readonly numParams: number;
  readonly isVoid: boolean;
  /** Keeps all registers but its own parameters and r0, on this machine. */
  readonly fastcall: boolean;
}

/** verifier_inlines_helper_call() on x86-64. */
const INLINED_HELPERS: ReadonlySet<number> = new Set([BPF_FUNC.get_smp_processor_id]);

/** get_call_summary(); null for calls that are not helpers, or that this program may not make. */
export function callSummary(env: VerifierEnv, insn: number): CallSummary | null {
  if (!isHelperCall(env.insns, insn)) return null;
  const id = env.insns.imm[insn];
  const proto = helperProto(env.prog, id);
  if (proto === null) return null;
  return {
    numParams: proto.args.length,
    isVoid: proto.ret === RET.RET_VOID,
    fastcall: proto.allowFastcall === true && INLINED_HELPERS.has(id),
  };
}
