import type { Btf } from '../../../btf/btf.ts';
import type { RawInsn } from '../../../isa/program.ts';
import { memberPlace } from '../../state/kernel-member.ts';
import { Unsupported } from '../../state/unsupported.ts';

/** A load or store of a context's field, as written by the program but for the size of a narrow load. */
export interface CtxInsn {
  readonly insn: RawInsn;
  readonly write: boolean;
  /** The program reads tstamp_type somewhere (`prog->tstamp_type_access`). */
  readonly readsTstampType: boolean;
}

/** What it becomes; `targetSize` are the bytes that the field has in the kernel, 0 when that does not matter. */
export interface Converted {
  readonly insns: readonly RawInsn[];
  readonly targetSize: number;
}

/** Places of members in the kernel's structures. */
export class KernelLayout {
  constructor(private readonly btf: Btf) {}

  /** offsetof() */
  off(struct: string, path: string): number {
    const id = this.btf.findByName(struct, 'struct');
    const place = id === null ? null : memberPlace(this.btf, id, path.split('.'));
    if (place === null) throw new Unsupported(`member ${path} of struct ${struct}`);
    return place.start;
  }
}

/** convert_ctx_access() of one program type. */
export type ConvertCtx = (k: KernelLayout, access: CtxInsn) => Converted;

export const converted = (targetSize: number, ...insns: readonly RawInsn[]): Converted => ({
  insns,
  targetSize,
});
