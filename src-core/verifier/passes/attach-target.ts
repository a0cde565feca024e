import type { Btf } from '../../btf/btf.ts';
import type { BtfFuncProto, BtfType } from '../../btf/types.ts';
import {
  modifiableTarget,
  NEVER_RETURNS,
  sleepableTarget,
  TRACING_DENIED,
} from '../../platform/attach-rules.ts';
import { ITER_ARGS } from '../../platform/iter-targets.ts';
import { DISABLED_LSM_HOOKS, SLEEPABLE_LSM_HOOKS } from '../../platform/lsm-hooks.ts';
import { isAttachedTo } from '../../platform/prog/kinds.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { reject } from '../log/verbose.ts';
import { pointee } from '../state/btf-pointer.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import { BTF_VMLINUX } from '../state/reg.ts';
import { baseType, PTR_TO_BUF } from '../state/reg-type.ts';
import type { AttachTarget, CtxArg } from '../state/target.ts';
import { distillFuncProto } from './attach-model.ts';
import { isGplCompatible } from './subprogs.ts';

const TRACEPOINT_PREFIX = 'btf_trace_';
const ITER_PREFIX = 'bpf_iter_';
const LSM_PREFIX = 'bpf_lsm_';

/** A function or tracepoint of the kernel. */
interface Bound {
  readonly btf: Btf;
  readonly type: BtfType;
}

const protoOf = (btf: Btf, id: number): BtfFuncProto | null => {
  const t = btf.typeById(id);
  return t.kind === 'func_proto' ? t : null;
};

function targetOf(
  btf: Btf,
  name: string,
  proto: BtfFuncProto,
  more: Partial<AttachTarget> = {},
): AttachTarget {
  return {
    btf,
    btfWord: BTF_VMLINUX,
    name,
    proto,
    skipsFirstArg: false,
    ctxArgs: [],
    struct: null,
    ...more,
  };
}

/** A tracepoint, by the typedef of its probe's pointer. */
function tracepoint(env: VerifierEnv, { btf, type }: Bound, id: number): AttachTarget | number {
  if (type.kind !== 'typedef') return reject(env, EINVAL, 'attach_btf_id %u is not a typedef\n', id);
  if (!type.name.startsWith(TRACEPOINT_PREFIX)) {
    return reject(env, EINVAL, 'attach_btf_id %u points to wrong type name %s\n', id, type.name);
  }
  const name = type.name.slice(TRACEPOINT_PREFIX.length);
  const ptr = btf.typeById(type.type);
  const proto = ptr.kind === 'ptr' ? protoOf(btf, ptr.type) : null;
  if (proto === null) return -EINVAL;
  return targetOf(btf, name, proto, { skipsFirstArg: true });
}

/** The arguments that an iterator types by hand (bpf_iter_prog_supported()); null for no iterator. */
function iterArgs(btf: Btf, name: string, proto: BtfFuncProto): readonly CtxArg[] | null {
  const args = name.startsWith(ITER_PREFIX) ? ITER_ARGS[name.slice(ITER_PREFIX.length)] : undefined;
  if (args === undefined) return null;
  const out: CtxArg[] = [];
  for (const [i, param] of proto.params.entries()) {
    const regType = args[param.name];
    if (regType === undefined) continue;
    const ptr = btf.typeById(btf.skipModsAndTypedefs(param.type));
    const isBuf = baseType(regType) === PTR_TO_BUF;
    out.push({ offset: 8 * i, regType, btfId: isBuf || ptr.kind !== 'ptr' ? 0 : pointee(btf, ptr.type).id });
  }
  return out;
}

function iterator(env: VerifierEnv, { btf, type }: Bound, id: number): AttachTarget | number {
  if (type.kind !== 'func') return reject(env, EINVAL, 'attach_btf_id %u is not a function\n', id);
  const proto = protoOf(btf, type.type);
  if (proto === null) return -EINVAL;
  const err = distillFuncProto(env, btf, proto, type.name);
  if (err) return err;
  const ctxArgs = iterArgs(btf, type.name, proto);
  return ctxArgs === null ? -EINVAL : targetOf(btf, type.name, proto, { ctxArgs });
}

const isSleepableHook = (env: VerifierEnv, name: string): boolean =>
  env.prog.type === BPF_PROG_TYPE.lsm ? SLEEPABLE_LSM_HOOKS.has(name) : sleepableTarget(name);

/** What a function must be for the way it is traced. */
function checkTraced(env: VerifierEnv, name: string): number {
  if (env.sleepable) {
    return isSleepableHook(env, name) ? 0 : reject(env, EINVAL, '%s is not sleepable\n', name);
  }
  if (!isAttachedTo(env.prog, 'modify_return') || modifiableTarget(name)) return 0;
  return reject(env, EINVAL, '%s() is not modifiable\n', name);
}

/** bpf_lsm_verify_prog() */
function checkLsm(env: VerifierEnv, name: string, id: number): number {
  if (!isGplCompatible(env.input.license)) {
    return reject(env, EINVAL, 'LSM programs must have a GPL compatible license\n');
  }
  if (DISABLED_LSM_HOOKS.has(name)) {
    return reject(env, EINVAL, 'attach_btf_id %u points to disabled hook %s\n', id, name);
  }
  if (name.startsWith(LSM_PREFIX)) return 0;
  return reject(env, EINVAL, 'attach_btf_id %u points to wrong type name %s\n', id, name);
}

function checkDenied(env: VerifierEnv, name: string): number {
  if (TRACING_DENIED.has(name)) {
    return reject(env, EINVAL, "Attaching tracing programs to function '%s' is rejected.\n", name);
  }
  if (!isAttachedTo(env.prog, 'trace_fexit', 'modify_return') || !NEVER_RETURNS.has(name)) return 0;
  return reject(env, EINVAL, "Attaching fexit/fmod_ret to __noreturn function '%s' is rejected.\n", name);
}

function func(env: VerifierEnv, { btf, type }: Bound, id: number): AttachTarget | number {
  if (type.kind !== 'func') return reject(env, EINVAL, 'attach_btf_id %u is not a function\n', id);
  const proto = protoOf(btf, type.type);
  if (proto === null) return -EINVAL;
  const err =
    distillFuncProto(env, btf, proto, type.name) ||
    checkTraced(env, type.name) ||
    (env.prog.type === BPF_PROG_TYPE.lsm ? checkLsm(env, type.name, id) : checkDenied(env, type.name));
  return err ? err : targetOf(btf, type.name, proto);
}

/** bpf_check_attach_target(), Linux 6.18, for a target in the kernel: the target, or an errno. */
export function resolveKernelTarget(env: VerifierEnv): AttachTarget | number {
  const id = env.input.attachBtfId;
  if (id === 0) return reject(env, EINVAL, 'Tracing programs must provide btf_id\n');
  const btf = env.kernelBtf;
  if (!btf.has(id)) return reject(env, EINVAL, 'attach_btf_id %u is invalid\n', id);
  const type = btf.typeById(id);
  if (type.name === '') return reject(env, EINVAL, "attach_btf_id %u doesn't have a name\n", id);
  if (env.progType === BPF_PROG_TYPE.ext) return reject(env, EINVAL, 'Cannot replace kernel functions\n');
  const bound = { btf, type };
  if (isAttachedTo(env.prog, 'trace_raw_tp')) return tracepoint(env, bound, id);
  if (isAttachedTo(env.prog, 'trace_iter')) return iterator(env, bound, id);
  const traced = isAttachedTo(
    env.prog,
    'modify_return',
    'lsm_mac',
    'lsm_cgroup',
    'trace_fentry',
    'trace_fexit',
  );
  return traced ? func(env, bound, id) : -EINVAL;
}
