import type { Btf } from '../../btf/btf.ts';
import type { BtfFuncProto, BtfMember } from '../../btf/types.ts';
import { STRUCT_OPS_TYPES, type StructOpsType } from '../../platform/struct-ops-types.ts';
import { reject } from '../log/verbose.ts';
import { pointee } from '../state/btf-pointer.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL, ENOTSUPP } from '../state/errno.ts';
import { BTF_VMLINUX } from '../state/reg.ts';
import { PTR_MAYBE_NULL, PTR_TO_BTF_ID, PTR_TRUSTED } from '../state/reg-type.ts';
import type { AttachTarget, CtxArg } from '../state/target.ts';
import { isGplCompatible } from './subprogs.ts';

/** btf_type_resolve_func_ptr() */
function functionOf(btf: Btf, member: BtfMember): BtfFuncProto | null {
  const ptr = btf.typeById(btf.skipModsAndTypedefs(member.type));
  const proto = ptr.kind === 'ptr' ? btf.typeById(btf.skipModsAndTypedefs(ptr.type)) : null;
  return proto?.kind === 'func_proto' ? proto : null;
}

/** prepare_arg_info(): arguments that the stub's parameter names mark as nullable. */
function nullableArgs(btf: Btf, struct: string, member: string, proto: BtfFuncProto): readonly CtxArg[] {
  const stubId = btf.findByName(`${struct}__${member}`, 'func');
  const stub = stubId === null ? null : btf.typeById(stubId);
  const stubProto = stub?.kind === 'func' ? btf.typeById(stub.type) : null;
  if (stubProto?.kind !== 'func_proto' || stubProto.params.length !== proto.params.length) return [];
  const out: CtxArg[] = [];
  stubProto.params.forEach((param, i) => {
    if (!param.name.endsWith('__nullable')) return;
    const ptr = btf.typeById(btf.skipModsAndTypedefs(proto.params[i].type));
    if (ptr.kind !== 'ptr') return;
    const regType = PTR_TO_BTF_ID | PTR_TRUSTED | PTR_MAYBE_NULL;
    out.push({ offset: 8 * i, regType, btfId: pointee(btf, ptr.type).id });
  });
  return out;
}

const takesMember = (ops: StructOpsType, member: string, sleepable: boolean): boolean =>
  !ops.unsupported.includes(member) &&
  (!sleepable || ops.sleepable === null || ops.sleepable.includes(member));

/** check_struct_ops_btf_id(), Linux 6.18: the member that the program implements, or an errno. */
export function resolveStructOpsTarget(env: VerifierEnv): AttachTarget | number {
  if (!isGplCompatible(env.input.license)) {
    return reject(env, EINVAL, 'struct ops programs must have a GPL compatible license\n');
  }
  const id = env.input.attachBtfId;
  if (id === 0) return -ENOTSUPP;
  const btf = env.kernelBtf;
  const struct = btf.has(id) ? btf.typeById(id) : null;
  const ops = struct === null ? undefined : STRUCT_OPS_TYPES[struct.name];
  if (struct?.kind !== 'struct' || ops === undefined) {
    return reject(env, ENOTSUPP, 'attach_btf_id %u is not a supported struct\n', id);
  }
  const index = env.input.expectedAttachType;
  if (index >= struct.members.length) {
    return reject(env, EINVAL, 'attach to invalid member idx %u of struct %s\n', index, struct.name);
  }
  const member = struct.members[index];
  const proto = functionOf(btf, member);
  if (proto === null) {
    return reject(
      env,
      EINVAL,
      'attach to invalid member %s(@idx %u) of struct %s\n',
      member.name,
      index,
      struct.name,
    );
  }
  if (!takesMember(ops, member.name, env.sleepable)) {
    const errno = ops.unsupported.includes(member.name) ? ENOTSUPP : EINVAL;
    return reject(env, errno, 'attach to unsupported member %s of struct %s\n', member.name, struct.name);
  }
  return {
    btf,
    btfWord: BTF_VMLINUX,
    name: member.name,
    proto,
    skipsFirstArg: false,
    ctxArgs: nullableArgs(btf, struct.name, member.name, proto),
    struct: struct.name,
  };
}
