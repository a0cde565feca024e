import type { Btf } from '../../btf/btf.ts';
import type { BtfFuncProto, BtfParam, BtfType } from '../../btf/types.ts';
import { MAX_BPF_FUNC_ARGS } from '../../platform/limits.ts';
import { BOOL_LSM_HOOKS, UNTRUSTED_LSM_HOOKS } from '../../platform/lsm-hooks.ts';
import type { CtxAccess } from '../../platform/prog/context.ts';
import { isAttachedTo } from '../../platform/prog/kinds.ts';
import { rawTpArg } from '../../platform/raw-tp-args.ts';
import { STRUCT_OPS_TYPES } from '../../platform/struct-ops-types.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { kindText, nameText } from '../log/kind-text.ts';
import { blame, verbose } from '../log/verbose.ts';
import { pointee } from '../state/btf-pointer.ts';
import type { VerifierEnv } from '../state/env.ts';
import {
  baseType,
  MEM_PERCPU,
  MEM_USER,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TRUSTED,
  SCALAR_VALUE,
  typeFlag,
} from '../state/reg-type.ts';
import type { AttachTarget } from '../state/target.ts';

/** What a load from the context gives (`struct bpf_insn_access_aux`). */
export interface CtxInfo {
  regType: number;
  /** The BTF word of registers, and a type in it, for PTR_TO_BTF_ID. */
  btf: number;
  btfId: number;
  /** The value that a hook returned, of an LSM program. */
  isRetval: boolean;
}

/** The verifier's own calling convention: five registers. */
const MAX_BPF_FUNC_REG_ARGS = 5;

function refuse(env: VerifierEnv, fmt: string, ...args: (string | number)[]): false {
  blame(env, fmt, ...args);
  return false;
}

const isComposite = (t: BtfType): boolean => t.kind === 'struct' || t.kind === 'union';
const isScalar = (t: BtfType): boolean =>
  (t.kind === 'int' && t.size <= 8) || t.kind === 'enum' || t.kind === 'enum64' || isComposite(t);

/** Bytes that a value takes among the arguments. */
function slotBytes(btf: Btf, id: number): number {
  const t = btf.typeById(btf.skipModsAndTypedefs(id));
  return t.kind === 'ptr' ? 8 : 'size' in t ? (t.size + 7) & ~7 : 0;
}

/** get_ctx_arg_idx(): the argument that holds `off`; their number for the return value, more for what is behind. */
function argIndex(btf: Btf, proto: BtfFuncProto, off: number): number {
  let end = 0;
  for (let i = 0; i < proto.params.length; i++) {
    end += slotBytes(btf, proto.params[i].type);
    if (off < end) return i;
  }
  return proto.params.length + (off < end + slotBytes(btf, proto.type) ? 0 : 1);
}

/** The type behind the arguments: what the function returns, where a program may look at it; null for a refusal. */
function returnType(
  env: VerifierEnv,
  target: AttachTarget,
  arg: number,
  info: CtxInfo,
): BtfType | null | 'any' {
  const { btf, proto, name } = target;
  if (isAttachedTo(env.prog, 'modify_return')) {
    if (proto === null) return null;
    const t = btf.typeById(btf.skipModsAndTypedefs(proto.type));
    if (t.kind === 'int' && t.size <= 8) return t;
    blame(env, 'ret type %s not allowed for fmod_ret\n', kindText(t));
    return null;
  }
  if (!isAttachedTo(env.prog, 'lsm_mac', 'lsm_cgroup', 'trace_fexit')) {
    blame(env, "func '%s' doesn't have %d-th argument\n", name, arg + 1);
    return null;
  }
  info.isRetval = isAttachedTo(env.prog, 'lsm_mac');
  return proto === null ? 'any' : btf.typeById(btf.skipModsAndTypedefs(proto.type));
}

/** prog_args_trusted() */
function argsAreTrusted(env: VerifierEnv, target: AttachTarget): boolean {
  switch (env.progType) {
    case BPF_PROG_TYPE.tracing:
      return isAttachedTo(env.prog, 'trace_raw_tp', 'trace_iter');
    case BPF_PROG_TYPE.lsm:
      return !UNTRUSTED_LSM_HOOKS.has(target.name);
    default:
      return env.progType === BPF_PROG_TYPE.struct_ops;
  }
}

/** A pointer to a structure of the kernel. */
function structArg(
  env: VerifierEnv,
  target: AttachTarget,
  arg: { readonly index: number; readonly param: BtfParam | null; readonly ptrType: number },
  info: CtxInfo,
): boolean {
  const { btf, name } = target;
  info.regType = PTR_TO_BTF_ID | (argsAreTrusted(env, target) ? PTR_TRUSTED : 0);
  if (arg.param?.name.endsWith('__nullable')) info.regType |= PTR_MAYBE_NULL;
  const known = target.skipsFirstArg ? rawTpArg(name, arg.index) : null;
  if (known?.maybeNull) info.regType |= PTR_MAYBE_NULL;
  const to = pointee(btf, arg.ptrType);
  info.regType |= to.flag & (MEM_USER | MEM_PERCPU);
  info.btf = target.btfWord;
  info.btfId = to.id;
  const t = btf.typeById(to.id);
  if (!isComposite(t)) {
    return refuse(env, "func '%s' arg%d type %s is not a struct\n", name, arg.index, kindText(t));
  }
  verbose(
    env,
    "func '%s' arg%d has btf_id %d type %s '%s'\n",
    name,
    arg.index,
    to.id,
    kindText(t),
    nameText(t.name),
  );
  if (known?.maybeError) {
    verbose(env, 'marking pointer arg%d as scalar as it may encode error', arg.index);
    info.regType = SCALAR_VALUE;
  }
  return true;
}

/** An argument that the kernel types by hand; null when it is none of them, and the kind that is asked for. */
function typedArg(target: AttachTarget, off: number, buffers: boolean, info: CtxInfo): boolean {
  const found = target.ctxArgs.find(
    (a) => a.offset === off && (baseType(a.regType) === PTR_TO_BUF) === buffers,
  );
  if (found === undefined) return false;
  info.regType = found.regType;
  info.btf = target.btfWord;
  info.btfId = found.btfId;
  return true;
}

/** btf_ctx_access(), Linux 6.18. */
function btfCtxAccess(env: VerifierEnv, target: AttachTarget, access: CtxAccess, info: CtxInfo): boolean {
  const { btf, name, proto } = target;
  const { off, size } = access;
  if (off % 8 !== 0) return refuse(env, "func '%s' offset %d is not multiple of 8\n", name, off);
  const params = proto === null ? null : target.skipsFirstArg ? proto.params.slice(1) : proto.params;
  // As in the kernel, the tracepoint's hidden first argument counts here.
  const arg = proto === null ? off / 8 : argIndex(btf, proto, off);
  const count = params?.length ?? MAX_BPF_FUNC_REG_ARGS;
  if (arg > count) return refuse(env, "func '%s' doesn't have %d-th argument\n", name, arg + 1);
  let t: BtfType | null | 'any' = 'any';
  if (arg === count) t = returnType(env, target, arg, info);
  else if (params !== null) t = btf.typeById(btf.skipModsAndTypedefs(params[arg].type));
  if (t === null) return false;
  if (t === 'any' || isScalar(t)) return true;
  if (t.kind !== 'ptr') {
    return refuse(
      env,
      "func '%s' arg%d '%s' has type %s. Only pointer access is allowed\n",
      name,
      arg,
      nameText(t.name),
      kindText(t),
    );
  }
  if (size !== 8) return refuse(env, "func '%s' size %d must be 8\n", name, size);
  if (typedArg(target, off, true, info)) return true;
  const to = btf.typeById(btf.skipModsAndTypedefs(t.type));
  if (to.kind === 'void' || to.kind === 'int') return true;
  if (typedArg(target, off, false, info)) return true;
  return structArg(env, target, { index: arg, param: params?.[arg] ?? null, ptrType: t.type }, info);
}

/** A pointer that the structure's own rules see as one to a larger structure. */
function promote(env: VerifierEnv, target: AttachTarget, info: CtxInfo): void {
  const rule = target.struct === null ? null : STRUCT_OPS_TYPES[target.struct].promotes;
  if (rule === null || baseType(info.regType) !== PTR_TO_BTF_ID) return;
  const unsafe = typeFlag(info.regType) & ~PTR_TRUSTED;
  if (unsafe === 0 && info.btfId === env.kernelType(rule.from, 'struct')) {
    info.btfId = env.kernelType(rule.to, 'struct');
  }
}

/** The arguments of the function that the program is bound to, as its context; fills `info`. */
export function ctxArgAccess(env: VerifierEnv, access: CtxAccess, info: CtxInfo): boolean {
  const { target } = env;
  if (target === null) return false;
  if (access.off < 0 || access.off >= 8 * MAX_BPF_FUNC_ARGS) return false;
  if (access.write || access.off % access.size !== 0) return false;
  if (!btfCtxAccess(env, target, access, info)) return false;
  promote(env, target, info);
  return true;
}

/** bpf_lsm_get_retval_range(): what a hook may return; null for one that returns nothing. */
export function lsmRetvalRange(target: AttachTarget): { readonly min: number; readonly max: number } | null {
  if (target.proto === null || target.proto.type === 0) return null;
  return BOOL_LSM_HOOKS.has(target.name) ? { min: 0, max: 1 } : { min: -4095, max: 0 };
}
