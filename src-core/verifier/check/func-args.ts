import type { Btf } from '../../btf/btf.ts';
import type { BtfFunc, BtfFuncProto, BtfType } from '../../btf/types.ts';
import { ARG, FLAG } from '../../platform/func-proto.ts';
import { BPF_PROG_TYPE } from '../../platform/prog-types.ts';
import { InputError } from '../../util/input-error.ts';
import { verbose } from '../log/verbose.ts';
import type { SubprogArg, VerifierEnv } from '../state/env.ts';
import { EFAULT, EINVAL, EOPNOTSUPP } from '../state/errno.ts';
import { Unsupported } from '../state/unsupported.ts';

const MAX_BPF_FUNC_REG_ARGS = 5;

/** The context's C type by program type (include/linux/bpf_types.h); types without a name need arg:ctx. */
const CTX_TYPE: ReadonlyMap<number, string> = new Map([
  [BPF_PROG_TYPE.socket_filter, '__sk_buff'],
  [BPF_PROG_TYPE.sched_cls, '__sk_buff'],
  [BPF_PROG_TYPE.sched_act, '__sk_buff'],
  [BPF_PROG_TYPE.xdp, 'xdp_md'],
  [BPF_PROG_TYPE.cgroup_skb, '__sk_buff'],
  [BPF_PROG_TYPE.cgroup_sock, 'bpf_sock'],
  [BPF_PROG_TYPE.cgroup_sock_addr, 'bpf_sock_addr'],
  [BPF_PROG_TYPE.lwt_in, '__sk_buff'],
  [BPF_PROG_TYPE.lwt_out, '__sk_buff'],
  [BPF_PROG_TYPE.lwt_xmit, '__sk_buff'],
  [BPF_PROG_TYPE.lwt_seg6local, '__sk_buff'],
  [BPF_PROG_TYPE.sock_ops, 'bpf_sock_ops'],
  [BPF_PROG_TYPE.sk_skb, '__sk_buff'],
  [BPF_PROG_TYPE.sk_msg, 'sk_msg_md'],
  [BPF_PROG_TYPE.flow_dissector, '__sk_buff'],
  [BPF_PROG_TYPE.kprobe, 'pt_regs'],
  [BPF_PROG_TYPE.perf_event, 'bpf_perf_event_data'],
  [BPF_PROG_TYPE.raw_tracepoint, 'bpf_raw_tracepoint_args'],
  [BPF_PROG_TYPE.raw_tracepoint_writable, 'bpf_raw_tracepoint_args'],
  [BPF_PROG_TYPE.cgroup_device, 'bpf_cgroup_dev_ctx'],
  [BPF_PROG_TYPE.cgroup_sysctl, 'bpf_sysctl'],
  [BPF_PROG_TYPE.cgroup_sockopt, 'bpf_sockopt'],
  [BPF_PROG_TYPE.sk_reuseport, 'sk_reuseport_md'],
  [BPF_PROG_TYPE.sk_lookup, 'bpf_sk_lookup'],
  [BPF_PROG_TYPE.netfilter, 'bpf_nf_ctx'],
]);

/** btf_is_projection_of(): the kernel's own structure stands for its user-visible view. */
const PROJECTION_OF: ReadonlyMap<string, string> = new Map([
  ['__sk_buff', 'sk_buff'],
  ['xdp_md', 'xdp_buff'],
]);

const MODIFIERS: ReadonlySet<string> = new Set(['typedef', 'volatile', 'const', 'restrict', 'type_tag']);

function skip(btf: Btf, id: number): BtfType {
  let t = btf.typeById(id);
  while (MODIFIERS.has(t.kind) && 'type' in t) t = btf.typeById(t.type);
  return t;
}

const isInt = (t: BtfType): boolean => t.kind === 'int' || t.kind === 'enum' || t.kind === 'enum64';

/** The kprobe context may go by its typedef. */
function isUserPtRegs(btf: Btf, id: number): boolean {
  let t = btf.typeById(id);
  while (MODIFIERS.has(t.kind) && t.kind !== 'typedef' && 'type' in t) t = btf.typeById(t.type);
  return t.kind === 'typedef' && t.name === 'bpf_user_pt_regs_t';
}

/** btf_is_prog_ctx_type(): does a pointer to type `id` mean the context? */
function isCtxType(env: VerifierEnv, btf: Btf, id: number): boolean {
  if (env.progType === BPF_PROG_TYPE.kprobe && isUserPtRegs(btf, id)) return true;
  const t = skip(btf, id);
  if (t.kind !== 'struct' && t.kind !== 'union') return false;
  const ctx = CTX_TYPE.get(env.progType);
  // The canonical name is the typedef's; a structure may bear it as well.
  if (env.progType === BPF_PROG_TYPE.kprobe && t.name === 'bpf_user_pt_regs_t') return true;
  return ctx !== undefined && (t.name === ctx || PROJECTION_OF.get(ctx) === t.name);
}

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

const KIND_TEXT: Readonly<Record<string, string>> = { void: 'UNKNOWN' };
/** btf_type_str() */
const kindText = (t: BtfType): string => KIND_TEXT[t.kind] ?? t.kind.toUpperCase();

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
    verbose(
      env,
      "arg#%d reference type('%s %s') size cannot be determined: %d\n",
      arg,
      kindText(t),
      t.name,
      -EINVAL,
    );
    return -EINVAL;
  }
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
    verbose(env, 'arg#%d type tag is not supported in static functions\n', arg);
    return -EOPNOTSUPP;
  }
  const nonNull = tags.includes('nonnull');
  if (tags.some((tag) => tag !== 'nonnull')) {
    throw new Unsupported(`arg:${tags.join(', arg:')} of function ${func.name}()`);
  }
  const t = skip(btf, type);
  if (nonNull && (t.kind !== 'ptr' || isCtxType(env, btf, t.type))) {
    verbose(
      env,
      t.kind === 'ptr'
        ? 'arg#%d has invalid combination of tags\n'
        : 'arg#%d has pointer tag, but is not a pointer type\n',
      arg,
    );
    return -EINVAL;
  }
  if (t.kind === 'ptr') {
    if (isCtxType(env, btf, t.type)) return { argType: ARG.ARG_PTR_TO_CTX, memSize: 0, btfId: 0 };
    const pointee = skip(btf, t.type);
    if (pointee.kind === 'struct' && pointee.name === 'bpf_dynptr') throw new Unsupported('dynptr arguments');
    if (isGlobal) return memoryArg(env, btf, t.type, arg, nonNull);
  }
  if (isInt(t)) return { argType: ARG.ARG_ANYTHING, memSize: 0, btfId: 0 };
  if (!isGlobal) return -EINVAL;
  verbose(env, 'Arg#%d type %s in %s() is not supported yet.\n', arg, kindText(t), func.name);
  return -EINVAL;
}

function protoOf(env: VerifierEnv, btf: Btf, func: BtfFunc, isGlobal: boolean): BtfFuncProto | number {
  const proto = btf.typeById(func.type);
  if (proto.kind !== 'func_proto') {
    verbose(env, 'Invalid type of function %s()\n', func.name);
    return -EFAULT;
  }
  if (proto.params.length > MAX_BPF_FUNC_REG_ARGS) {
    if (isGlobal) {
      verbose(
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
      verbose(env, "Global function %s() doesn't return scalar. Only those are supported.\n", func.name);
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
    verbose(env, 'Global functions need valid BTF\n');
    return -EFAULT;
  }
  const func = env.btf.typeById(sub.btfId);
  if (func.kind !== 'func') {
    verbose(env, "BTF of func#%d doesn't point to KIND_FUNC\n", subprog);
    return -EFAULT;
  }
  if (sub.unreliable) {
    verbose(env, 'verifier bug: unreliable BTF for function %s()\n', func.name);
    return -EFAULT;
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
