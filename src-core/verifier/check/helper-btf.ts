import { funcIdName } from '../../platform/func-access.ts';
import { ARG, argBase, FLAG } from '../../platform/func-proto.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import { regTypeStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EFAULT } from '../state/errno.ts';
import {
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  MEM_RDONLY,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TRUSTED,
  typeMayBeNull,
} from '../state/reg-type.ts';
import type { CallMeta } from './call-meta.ts';
import { checkKptrMatch } from './kptr.ts';
import { structIdsMatch } from './struct-ids.ts';

const PLAIN: ReadonlySet<number> = new Set([
  PTR_TO_BTF_ID,
  PTR_TO_BTF_ID | PTR_TRUSTED,
  PTR_TO_BTF_ID | PTR_TRUSTED | PTR_MAYBE_NULL,
  PTR_TO_BTF_ID | MEM_RCU,
  PTR_TO_BTF_ID | PTR_MAYBE_NULL,
  PTR_TO_BTF_ID | PTR_MAYBE_NULL | MEM_RCU,
]);
const ALLOCATED: ReadonlySet<number> = new Set([
  PTR_TO_BTF_ID | MEM_ALLOC,
  PTR_TO_BTF_ID | MEM_PERCPU | MEM_ALLOC,
]);
const PERCPU: ReadonlySet<number> = new Set([
  PTR_TO_BTF_ID | MEM_PERCPU,
  PTR_TO_BTF_ID | MEM_PERCPU | MEM_RCU,
  PTR_TO_BTF_ID | MEM_PERCPU | PTR_TRUSTED,
]);
const TAKES_ALLOCATED: ReadonlySet<number> = new Set([
  BPF_FUNC.spin_lock,
  BPF_FUNC.spin_unlock,
  BPF_FUNC.kptr_xchg,
]);

/** An argument of a helper that a BTF pointer is passed for. */
export interface BtfArg {
  readonly regno: number;
  readonly argType: number;
  /** The kernel structure that the prototype wants, or null when the argument's type says it. */
  readonly want: string | null;
}

function matchStruct(env: VerifierEnv, arg: BtfArg, meta: CallMeta): number {
  const { regno, argType } = arg;
  const reg = env.reg(regno);
  if (meta.funcId === BPF_FUNC.kptr_xchg) {
    if (meta.kptrField === null) return reject(env, EFAULT, 'verifier bug: no field for bpf_kptr_xchg\n');
    return checkKptrMatch(env, meta.kptrField, reg, regno) ? -EACCES : 0;
  }
  const isSock = argBase(argType) === ARG.ARG_PTR_TO_BTF_ID_SOCK_COMMON;
  const name = arg.want ?? (isSock ? 'sock_common' : null);
  if (name === null) return reject(env, EFAULT, 'verifier bug: missing arg compatible BTF ID\n');
  if (name === 'BPF_PTR_POISON') {
    return reject(env, EACCES, 'verifier bug: R%d has non-overwritten BPF_PTR_POISON type\n', regno);
  }
  const btf = env.btfAt(reg.btf);
  const want = { btf: env.kernelBtf, id: env.kernelType(name, 'struct') };
  const strict = (argType & FLAG.OBJ_RELEASE) !== 0 && meta.funcId !== BPF_FUNC.sk_release;
  if (
    btf !== null &&
    structIdsMatch(env, { btf, id: reg.btfId }, reg.off, want, {
      strict,
      flexArrays: (reg.type & MEM_ALLOC) === 0,
    })
  )
    return 0;
  return reject(
    env,
    EACCES,
    'R%d is of type %s but %s is expected\n',
    regno,
    btf?.nameOf(reg.btfId) ?? '',
    name,
  );
}

/** The second half of check_reg_type(), Linux 6.18: the BTF pointer leads to what the helper wants. */
export function checkBtfArg(env: VerifierEnv, arg: BtfArg, meta: CallMeta, isMemory: boolean): number {
  const { regno, argType } = arg;
  const reg = env.reg(regno);
  if (isMemory) {
    if (argType & MEM_RDONLY) return 0;
    return reject(
      env,
      EACCES,
      '%s() may write into memory pointed by R%d type=%s\n',
      funcIdName(meta.funcId),
      regno,
      regTypeStr(reg.type),
    );
  }
  if (PLAIN.has(reg.type)) {
    const nullable = typeMayBeNull(argType) && (argType & FLAG.OBJ_RELEASE) === 0;
    if (typeMayBeNull(reg.type) && !nullable) {
      return reject(env, EACCES, 'Possibly NULL pointer passed to helper arg%d\n', regno);
    }
    return matchStruct(env, arg, meta);
  }
  if (ALLOCATED.has(reg.type)) {
    if (!TAKES_ALLOCATED.has(meta.funcId)) {
      return reject(env, EFAULT, 'verifier bug: unimplemented handling of MEM_ALLOC\n');
    }
    const isSource = meta.funcId === BPF_FUNC.kptr_xchg && regno === 2;
    if (!isSource || meta.kptrField === null) return 0;
    return checkKptrMatch(env, meta.kptrField, reg, regno) ? -EACCES : 0;
  }
  if (PERCPU.has(reg.type)) return 0;
  return reject(env, EFAULT, 'verifier bug: invalid PTR_TO_BTF_ID register for type match\n');
}
