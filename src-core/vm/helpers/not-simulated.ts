import { BPF_PSEUDO_CALL } from '../../isa/opcodes.ts';
import type { BpfInsns } from '../../isa/program.ts';
import { FAULTS, type VmFault } from '../fault.ts';

/** The fault of a call at `slot` whose callee no engine has: a helper by name, or a kernel function. */
export function faultOfCall(insns: BpfInsns, slot: number): VmFault {
  return insns.src[slot] > BPF_PSEUDO_CALL ? FAULTS.kfunc(insns.imm[slot]) : FAULTS.helper(insns.imm[slot]);
}
