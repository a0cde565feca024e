import type { BtfType } from '../../../btf/types.ts';
import { reject } from '../../log/verbose.ts';
import type { VerifierEnv } from '../../state/env.ts';
import { EINVAL } from '../../state/errno.ts';
import { baseType, PTR_TO_BTF_ID } from '../../state/reg-type.ts';
import { isCtxType } from '../ctx-type.ts';
import { isIterArg } from '../iter.ts';
import { registerIsNull, structOfType } from '../regs.ts';
import type { KfuncMeta } from './meta.ts';
import {
  hasSuffix,
  isCallback,
  isScalarStruct,
  isScalarType,
  isSizeOf,
  isStructType,
  kindText,
  pointsTo,
} from './param.ts';

/** What a pointer argument of a kfunc wants (`enum kfunc_ptr_arg_type`). */
export type KfuncArgKind =
  | 'ctx'
  | 'alloc'
  | 'refcounted'
  | 'dynptr'
  | 'iter'
  | 'list_head'
  | 'list_node'
  | 'rb_root'
  | 'rb_node'
  | 'btf_id'
  | 'mem'
  | 'mem_size'
  | 'callback'
  | 'null'
  | 'const_str'
  | 'map'
  | 'wq'
  | 'task_work'
  | 'irq_flag'
  | 'res_spin_lock';

/** Structures that say by themselves what the argument is. */
const BY_STRUCT: readonly (readonly [string, KfuncArgKind])[] = [
  ['bpf_list_head', 'list_head'],
  ['bpf_list_node', 'list_node'],
  ['bpf_rb_root', 'rb_root'],
  ['bpf_rb_node', 'rb_node'],
];
const LATER_BY_STRUCT: readonly (readonly [string, KfuncArgKind])[] = [
  ['bpf_wq', 'wq'],
  ['bpf_task_work', 'task_work'],
];

/** Kinds that name or type of the parameter decide, whatever the register holds; null when neither does. */
function kindByParam(env: VerifierEnv, meta: KfuncMeta, arg: number, pointeeId: number): KfuncArgKind | null {
  const { sig } = meta;
  if (sig.role === 'cast_to_kern_ctx' || isCtxType(env, sig.btf, pointeeId)) return 'ctx';
  if (hasSuffix(sig, arg, '__nullable') && registerIsNull(env.reg(arg + 1))) return 'null';
  if (hasSuffix(sig, arg, '__alloc')) return 'alloc';
  if (hasSuffix(sig, arg, '__refcounted_kptr')) return 'refcounted';
  if (pointsTo(sig, arg, 'bpf_dynptr')) return 'dynptr';
  if (isIterArg(sig, arg)) return 'iter';
  const found = BY_STRUCT.find(([name]) => pointsTo(sig, arg, name));
  if (found !== undefined) return found[1];
  if (hasSuffix(sig, arg, '__str')) return 'const_str';
  if (hasSuffix(sig, arg, '__map')) return 'map';
  const later = LATER_BY_STRUCT.find(([name]) => pointsTo(sig, arg, name));
  if (later !== undefined) return later[1];
  if (hasSuffix(sig, arg, '__irq_flag')) return 'irq_flag';
  return pointsTo(sig, arg, 'bpf_res_spin_lock') ? 'res_spin_lock' : null;
}

/** get_kfunc_ptr_arg_type(), Linux 6.18: the kind of pointer argument `arg` (from 0), or a negative errno. */
export function kfuncArgKind(
  env: VerifierEnv,
  meta: KfuncMeta,
  arg: number,
  pointee: BtfType,
  pointeeId: number,
): KfuncArgKind | number {
  const { sig } = meta;
  const byParam = kindByParam(env, meta, arg, pointeeId);
  if (byParam !== null) return byParam;
  const reg = env.reg(arg + 1);
  if (baseType(reg.type) === PTR_TO_BTF_ID || structOfType(reg.type) !== null) {
    if (isStructType(pointee)) return 'btf_id';
    return reject(
      env,
      EINVAL,
      'kernel function %s args#%d pointer type %s %s is not supported\n',
      sig.name,
      arg,
      kindText(pointee),
      pointee.name,
    );
  }
  if (isCallback(sig, arg)) return 'callback';
  const next = arg + 1;
  const sized =
    next < sig.proto.params.length &&
    (isSizeOf(sig, next, env.reg(next + 1), '__sz') || isSizeOf(sig, next, env.reg(next + 1), '__szk'));
  const plain = isScalarType(pointee) || isScalarStruct(env, sig.btf, pointee);
  if (!plain && !(sized && pointee.kind === 'void')) {
    return reject(
      env,
      EINVAL,
      'arg#%d pointer type %s %s must point to %sscalar, or struct with scalar\n',
      arg,
      kindText(pointee),
      pointee.name,
      sized ? 'void, ' : '',
    );
  }
  return sized ? 'mem_size' : 'mem';
}
