import { BPF_PSEUDO_CALL, BPF_PSEUDO_KFUNC_CALL } from '../../isa/opcodes.ts';
import { helperFlags } from '../../platform/call-flags.ts';
import { helperProto } from '../../platform/func-access.ts';
import { kfuncFlags, kfuncRole } from '../../platform/kfuncs.ts';
import type { VerifierEnv } from './env.ts';
import { BTF_VMLINUX } from './reg.ts';
import type { KfuncSignature, Signature, UnresolvedSignature } from './signature.ts';

const UNRESOLVED: UnresolvedSignature = { kind: 'unresolved' };

function resolveKfunc(env: VerifierEnv, id: number): KfuncSignature | UnresolvedSignature {
  const btf = env.vmlinux;
  const func = btf?.has(id) ? btf.typeById(id) : null;
  if (btf === null || func?.kind !== 'func') return UNRESOLVED;
  const proto = btf.typeById(func.type);
  if (proto.kind !== 'func_proto') return UNRESOLVED;
  const flags = kfuncFlags(func.name, env.prog);
  const role = kfuncRole(func.name);
  return { kind: 'kfunc', name: func.name, btf, btfWord: BTF_VMLINUX, id, proto, flags, role };
}

/** The callee of the call instruction `insn`, whoever it is: arguments, result and what the call does besides. */
export function resolveCall(env: VerifierEnv, insn: number): Signature {
  const { insns } = env;
  const imm = insns.imm[insn];
  if (insns.src[insn] === BPF_PSEUDO_CALL) return { kind: 'subprog', start: insn + imm + 1 };
  const isKfunc = insns.src[insn] === BPF_PSEUDO_KFUNC_CALL;
  // Modules: the reference kernel has none.
  if (isKfunc && (imm === 0 || insns.off[insn] !== 0)) return UNRESOLVED;
  const { signatures } = env;
  const key = isKfunc ? -imm : imm;
  let signature = signatures.get(key);
  if (signature === undefined) {
    signature = isKfunc
      ? resolveKfunc(env, imm)
      : { kind: 'helper', id: imm, proto: helperProto(env.prog, imm), flags: helperFlags(imm) };
    signatures.set(key, signature);
  }
  return signature;
}
