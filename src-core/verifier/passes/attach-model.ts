import type { Btf } from '../../btf/btf.ts';
import type { BtfFuncProto, BtfType } from '../../btf/types.ts';
import { MAX_BPF_FUNC_ARGS } from '../../platform/limits.ts';
import { kindText } from '../log/kind-text.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';

/** No argument is larger. */
const MAX_STRUCT_ARG = 16;

/** __get_type_size(): bytes that a value takes in a call, 0 for void, null for what cannot be passed. */
function passedSize(btf: Btf, id: number): { readonly size: number | null; readonly type: BtfType } {
  const type = btf.typeById(btf.skipModsAndTypedefs(id));
  switch (type.kind) {
    case 'void':
      return { size: 0, type };
    case 'ptr':
      return { size: 8, type };
    case 'int':
    case 'enum':
    case 'enum64':
    case 'struct':
    case 'union':
      return { size: type.size, type };
    default:
      return { size: null, type };
  }
}

function checkArg(env: VerifierEnv, btf: Btf, name: string, proto: BtfFuncProto, i: number): number {
  const { size, type } = passedSize(btf, proto.params[i].type);
  if (i === proto.params.length - 1 && proto.params[i].type === 0) {
    return reject(env, EINVAL, 'The function %s with variable args is unsupported.\n', name);
  }
  if (size === null || size > MAX_STRUCT_ARG) {
    return reject(env, EINVAL, 'The function %s arg%d type %s is unsupported.\n', name, i, kindText(type));
  }
  if (size > 0) return 0;
  return reject(env, EINVAL, 'The function %s has malformed void argument.\n', name);
}

/** btf_distill_func_proto(), Linux 6.18: can a trampoline call a function of this shape? 0 or an errno. */
export function distillFuncProto(env: VerifierEnv, btf: Btf, proto: BtfFuncProto, name: string): number {
  if (proto.params.length > MAX_BPF_FUNC_ARGS) {
    return reject(env, EINVAL, 'The function %s has %d arguments. Too many.\n', name, proto.params.length);
  }
  const ret = passedSize(btf, proto.type);
  if (ret.size === null || ret.type.kind === 'struct' || ret.type.kind === 'union') {
    return reject(env, EINVAL, 'The function %s return type %s is unsupported.\n', name, kindText(ret.type));
  }
  for (let i = 0; i < proto.params.length; i++) {
    const err = checkArg(env, btf, name, proto, i);
    if (err) return err;
  }
  return 0;
}
