import { BPF_PSEUDO_CALL } from '../../isa/opcodes.ts';
import type { EngineProgram } from '../engine.ts';
import { FAULTS, type VmFault } from '../fault.ts';

/** The fault of a call at `slot` whose callee no engine has: a helper by name, or a kernel function. */
export function faultOfCall({ insns, kfuncs }: EngineProgram, slot: number): VmFault {
  const { src, imm } = insns;
  return src[slot] > BPF_PSEUDO_CALL
    ? FAULTS.kfunc(kfuncs?.get(slot) ?? `#${imm[slot]}`)
    : FAULTS.helper(imm[slot]);
}
