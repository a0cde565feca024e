import type { Btf } from '../../btf/btf.ts';
import type { BtfFunc, BtfFuncProto, BtfType } from '../../btf/types.ts';
import { ARG, FLAG } from '../../platform/func-proto.ts';
import { InputError } from '../../util/input-error.ts';
import { kindText } from '../log/kind-text.ts';
import { blame, reject } from '../log/verbose.ts';
import type { SubprogArg, VerifierEnv } from '../state/env.ts';
import { EFAULT, EINVAL } from '../state/errno.ts';
import { isCtxType, isInt, skip, validateCtxType } from './ctx-type.ts';
import { type ArgTag, scanArgTags, taggedPointer } from './func-arg-tags.ts';

const MAX_BPF_FUNC_REG_ARGS = 5;

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
  tags: ReadonlySet<ArgTag>,
): SubprogArg | number {
  if (tags.size > (tags.has('ctx') ? 1 : 0)) return invalidTags(env, arg);
  if (tags.has('ctx') && validateCtxType(env, btf, pointee, arg) !== 0) return -EINVAL;
  return { argType: ARG.ARG_PTR_TO_CTX, memSize: 0, btfId: 0 };
}

const invalidTags = (env: VerifierEnv, arg: number): number =>
  reject(env, EINVAL, 'arg#%d has invalid combination of tags\n', arg);

/** btf_is_dynptr_ptr(): a structure, or its forward declaration. */
const isDynptr = (t: BtfType): boolean =>
  (t.kind === 'struct' || (t.kind === 'fwd' && !t.kindFlag)) && t.name === 'bpf_dynptr';

/** A pointer argument; null for one that only a static function may have. */
function pointerArg(
  env: VerifierEnv,
  btf: Btf,
  ptr: { readonly pointee: number; readonly arg: number; readonly tags: ReadonlySet<ArgTag> },
  isGlobal: boolean,
): SubprogArg | number | null {
  const { pointee, arg, tags } = ptr;
  if (tags.has('ctx') || isCtxType(env, btf, pointee)) return ctxArg(env, btf, pointee, arg, tags);
  const to = skip(btf, pointee);
  if (isDynptr(to)) {
    if (tags.size > 0) return invalidTags(env, arg);
    return { argType: ARG.ARG_PTR_TO_DYNPTR | FLAG.MEM_RDONLY, memSize: 0, btfId: 0 };
  }
  const tagged = taggedPointer(env, to, arg, tags);
  if (tagged !== null || !isGlobal) return tagged;
  if (tags.has('nullable')) return invalidTags(env, arg);
  return memoryArg(env, btf, pointee, arg, tags.has('nonnull'));
}

function argOf(
  env: VerifierEnv,
  btf: Btf,
  func: BtfFunc,
  arg: { readonly index: number; readonly type: number },
  isGlobal: boolean,
): SubprogArg | number {
  const { index } = arg;
  const tags = scanArgTags(env, btf, func, index, isGlobal);
  if (typeof tags === 'number') return tags;
  const t = skip(btf, arg.type);
  const pointer =
    t.kind === 'ptr' ? pointerArg(env, btf, { pointee: t.type, arg: index, tags }, isGlobal) : null;
  if (pointer !== null) return pointer;
  if (tags.size > 0) {
    return reject(env, EINVAL, 'arg#%d has pointer tag, but is not a pointer type\n', index);
  }
  if (isInt(t)) return { argType: ARG.ARG_ANYTHING, memSize: 0, btfId: 0 };
  if (!isGlobal) return -EINVAL;
  return reject(env, EINVAL, 'Arg#%d type %s in %s() is not supported yet.\n', index, kindText(t), func.name);
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
    const arg = argOf(env, env.btf, func, { index: i, type: proto.params[i].type }, sub.linkageGlobal);
    if (typeof arg === 'number') return arg;
    args.push(arg);
  }
  sub.args = args;
  sub.argsCached = true;
  return 0;
}
