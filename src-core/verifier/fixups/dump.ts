import {
  BPF_CALL,
  BPF_JMP,
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  LD_IMM64,
} from '../../isa/opcodes.ts';
import type { BpfInsns } from '../../isa/program.ts';
import type { XlatedDump } from '../api.ts';
import type { VerifierEnv } from '../state/env.ts';
import { Unsupported } from '../state/unsupported.ts';
import { convertCtxAccesses } from './convert-ctx.ts';
import { miscFixups } from './misc.ts';
import { Patcher } from './patcher.ts';

/** The program that runs here, with what is known of its slots. */
export interface Runnable {
  readonly insns: BpfInsns;
  readonly subprogStarts: readonly number[];
  readonly origin: Int32Array;
}

/** jit_subprogs(), convert_pseudo_ld_imm64(): kernel functions are addresses; calls among subprograms keep their distance and name the subprogram by number. */
function nameTargets(insns: BpfInsns, starts: readonly number[]): void {
  const subprogAt = (slot: number): number => starts.indexOf(slot);
  for (let i = 0; i < insns.length; i++) {
    const target = i + 1 + insns.imm[i];
    if (insns.code[i] === (BPF_JMP | BPF_CALL) && insns.src[i] === BPF_PSEUDO_CALL) {
      insns.off[i] = insns.imm[i];
      insns.imm[i] = subprogAt(target);
    } else if (insns.code[i] === LD_IMM64) {
      if (insns.src[i] === BPF_PSEUDO_FUNC) insns.imm[i + 1] = subprogAt(target);
      else if (insns.src[i] === BPF_PSEUDO_BTF_ID) insns.src[i] = insns.imm[i] = insns.imm[i + 1] = 0;
      i++;
    }
  }
}

/**
 * The program as the kernel would show it (BPF_OBJ_GET_INFO_BY_FD, bpf_insn_prepare_dump(), Linux 6.18): context
 * accesses converted to its own structures, helpers inlined. Addresses of the kernel's functions and variables are
 * 0, maps are named as in the input.
 */
export function dumpProgram(env: VerifierEnv, runnable: Runnable): XlatedDump {
  try {
    const patcher = new Patcher(runnable.insns);
    convertCtxAccesses(env, patcher, runnable.origin);
    miscFixups(env, patcher, runnable.origin);
    const { insns, starts } = patcher.finish();
    nameTargets(
      insns,
      runnable.subprogStarts.map((s) => (s === 0 ? 0 : starts[s])),
    );
    return { ok: true, insns };
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    return { ok: false, what: error.what };
  }
}
