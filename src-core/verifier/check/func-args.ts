import type { Btf } from '../../btf/btf.ts';
import type { BtfFunc, BtfFuncProto } from '../../btf/types.ts';
import { ARG, FLAG } from '../../platform/func-proto.ts';
import { InputError } from '../../util/input-error.ts';
import { kindText } from '../log/kind-text.ts';
import { blame, reject } from '../log/verbose.ts';
import type { SubprogArg, VerifierEnv } from '../state/env.ts';
import { EFAULT, EINVAL, EOPNOTSUPP } from '../state/errno.ts';
import { Unsupported } from '../state/unsupported.ts';
import { isCtxType, isInt, skip, validateCtxType } from './ctx-type.ts';

const MAX_BPF_FUNC_REG_ARGS = 5;

/** The "arg:" declaration tags of a parameter, without that prefix. */
function argTags(btf: Btf, func: BtfFunc, arg: number): string[] {
  const tags: string[] = [];
  for (let id = btf.startId; id < btf.nrTypes; id++) {
    if (btf.kindOf(id) !== 'decl_tag') continue;
    const t = btf.typeById(id);
    if (t.kind !== 'decl_tag' || t.type !== func.id || t.componentIdx !== arg) continue;
    if (t.name.startsWith('arg:')) tags.push(t.name.slice('arg:'.length));
  }
  return tags;
}

/** A pointer of a global function that is no context: memory of a known size, maybe NULL. */
function memoryArg(
  env: VerifierEnv,
  btf: Btf,
  pointee: number,
  arg: number,
  nonNull: boolean,
): SubprogArg | number {
  const t = skip(btf, pointee);
  try {
    const memSize = btf.resolveSize(t.id);
    const argType = ARG.ARG_PTR_TO_MEM | (nonNull ? 0 : FLAG.PTR_MAYBE_NULL);
    return { argType, memSize, btfId: 0 };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return reject(
      env,
      EINVAL,
      "arg#%d reference type('%s %s') size cannot be determined: %d\n",
      arg,
      kindText(t),
      t.name,
      -EINVAL,
    );
  }
}

/** A pointer to the context, by its type or by its tag. */
function ctxArg(
  env: VerifierEnv,
  btf: Btf,
  pointee: number,
  arg: number,
  tags: readonly string[],
): SubprogArg | number {
  if (tags.some((tag) => tag !== 'ctx')) {
    return reject(env, EINVAL, 'arg#%d has invalid combination of tags\n', arg);
  }
  if (tags.length > 0 && validateCtxType(env, btf, pointee, arg) !== 0) return -EINVAL;
  return { argType: ARG.ARG_PTR_TO_CTX, memSize: 0, btfId: 0 };
}

function argOf(
  env: VerifierEnv,
  btf: Btf,
  func: BtfFunc,
  type: number,
  arg: number,
  isGlobal: boolean,
): SubprogArg | number {
  const tags = argTags(btf, func, arg);
  if (tags.length > 0 && !isGlobal) {
    return reject(env, EOPNOTSUPP, 'arg#%d type tag is not supported in static functions\n', arg);
  }
  const unknown = tags.filter((tag) => tag !== 'nonnull' && tag !== 'ctx');
  if (unknown.length > 0) throw new Unsupported(`arg:${unknown.join(', arg:')} of function ${func.name}()`);
  const t = skip(btf, type);
  if (tags.length > 0 && t.kind !== 'ptr') {
    return reject(env, EINVAL, 'arg#%d has pointer tag, but is not a pointer type\n', arg);
  }
  if (t.kind === 'ptr') {
    if (tags.includes('ctx') || isCtxType(env, btf, t.type)) return ctxArg(env, btf, t.type, arg, tags);
    const pointee = skip(btf, t.type);
    if (pointee.kind === 'struct' && pointee.name === 'bpf_dynptr') {
      return { argType: ARG.ARG_PTR_TO_DYNPTR | FLAG.MEM_RDONLY, memSize: 0, btfId: 0 };
    }
    if (isGlobal) return memoryArg(env, btf, t.type, arg, tags.includes('nonnull'));
  }
  if (isInt(t)) return { argType: ARG.ARG_ANYTHING, memSize: 0, btfId: 0 };
  if (!isGlobal) return -EINVAL;
  return reject(env, EINVAL, 'Arg#%d type %s in %s() is not supported yet.\n', arg, kindText(t), func.name);
}

function protoOf(env: VerifierEnv, btf: Btf, func: BtfFunc, isGlobal: boolean): BtfFuncProto | number {
  const proto = btf.typeById(func.type);
  if (proto.kind !== 'func_proto') {
    return reject(env, EFAULT, 'Invalid type of function %s()\n', func.name);
  }
  if (proto.params.length > MAX_BPF_FUNC_REG_ARGS) {
    if (isGlobal) {
      blame(
        env,
        'Global function %s() with %d > %d args. Buggy compiler.\n',
        func.name,
        proto.params.length,
        MAX_BPF_FUNC_REG_ARGS,
      );
    }
    return -EINVAL;
  }
  if (!isInt(skip(btf, proto.type))) {
    if (isGlobal) {
      blame(env, "Global function %s() doesn't return scalar. Only those are supported.\n", func.name);
    }
    return -EINVAL;
  }
  return proto;
}

/** btf_prepare_func_args(), Linux 6.18: argument types of a subprogram from its BTF, into `args`. */
export function prepareFuncArgs(env: VerifierEnv, subprog: number): number {
  const sub = env.subprogs[subprog];
  if (sub.argsCached) return 0;
  if (env.btf === null || sub.btfId === 0) {
    if (!sub.linkageGlobal) return -EINVAL;
    return reject(env, EFAULT, 'Global functions need valid BTF\n');
  }
  const func = env.btf.typeById(sub.btfId);
  if (func.kind !== 'func') {
    return reject(env, EFAULT, "BTF of func#%d doesn't point to KIND_FUNC\n", subprog);
  }
  if (sub.unreliable) {
    return reject(env, EFAULT, 'verifier bug: unreliable BTF for function %s()\n', func.name);
  }
  const proto = protoOf(env, env.btf, func, sub.linkageGlobal);
  if (typeof proto === 'number') return proto;
  const args: SubprogArg[] = [];
  for (let i = 0; i < proto.params.length; i++) {
    const arg = argOf(env, env.btf, func, proto.params[i].type, i, sub.linkageGlobal);
    if (typeof arg === 'number') return arg;
    args.push(arg);
  }
  sub.args = args;
  sub.argsCached = true;
  return 0;
}
