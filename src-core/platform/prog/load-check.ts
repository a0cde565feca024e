import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { fixupAttachType, progOpsOf } from './registry.ts';

const EINVAL = 22;
/** BTF_MAX_TYPE */
const BTF_MAX_TYPE = 0xf_ffff;

/** What of BPF_PROG_LOAD is checked before the verifier is asked. */
export interface LoadAttr {
  readonly type: number;
  readonly expectedAttachType: number;
  readonly attachBtfId: number;
  /** attach_prog_fd names a program. */
  readonly hasDstProg: boolean;
}

const BOUND_TYPES: readonly number[] = [
  BPF_PROG_TYPE.tracing,
  BPF_PROG_TYPE.lsm,
  BPF_PROG_TYPE.struct_ops,
  BPF_PROG_TYPE.ext,
];

/** bpf_prog_load_check_attach() and find_prog_type(), Linux 6.18: 0 or a positive errno; neither says anything. */
export function checkProgLoad(attr: LoadAttr): number {
  const { type, attachBtfId, hasDstProg } = attr;
  const attachType = fixupAttachType({ type, attachType: attr.expectedAttachType });
  const ops = progOpsOf(type);
  if (attachBtfId > BTF_MAX_TYPE) return EINVAL;
  if (attachBtfId !== 0 && !BOUND_TYPES.includes(type)) return EINVAL;
  if (hasDstProg && type !== BPF_PROG_TYPE.tracing && type !== BPF_PROG_TYPE.ext) return EINVAL;
  return ops === null || ops.attachTypes?.has(attachType) === false ? EINVAL : 0;
}
