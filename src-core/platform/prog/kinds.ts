import { type AttachTypeName, BPF_ATTACH_TYPE } from '../../uapi/prog-types.ts';
import type { ProgKind } from '../prog-types.ts';

export const attachTypes = (...names: AttachTypeName[]): ReadonlySet<number> =>
  new Set(names.map((n) => BPF_ATTACH_TYPE[n]));

export function isAttachedTo(prog: ProgKind, ...names: AttachTypeName[]): boolean {
  return names.some((name) => BPF_ATTACH_TYPE[name] === prog.attachType);
}
