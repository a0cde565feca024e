import { EINVAL } from '../../uapi/errno.ts';
import type { BtfCheckLog } from './log.ts';
import {
  bitsToBytes,
  hasSize,
  intData,
  isModifier,
  isRegularInt,
  type RawBtf,
  type RawMember,
  type RawType,
} from './raw.ts';

const BITS_PER_U128 = 128;
const U32_MAX = 0xffffffff;
const POINTER_SIZE = 8;

/** What members are measured by: the checks of the second phase know which sizes are resolved already. */
export interface Sizes {
  /** btf_type_id_size(): the sized type behind modifiers, or null. */
  sizeOf(id: number): { readonly id: number; readonly type: RawType; readonly size: number } | null;
}

/** One member of a structure against its resolved type (check_member and check_kflag_member of each kind). */
export class MemberCheck {
  constructor(
    private readonly raw: RawBtf,
    private readonly log: BtfCheckLog,
    private readonly sizes: Sizes,
    private readonly owner: RawType,
  ) {}

  private fail(m: RawMember, what: string): number {
    this.log.member(this.raw, this.owner, m, what);
    return -EINVAL;
  }

  private unsupported(what: string): number {
    this.log.basic(this.raw, this.owner, what);
    return -EINVAL;
  }

  /** At a whole byte, and `size` bytes of it inside the structure. */
  private wholeBytes(m: RawMember, size: number): number {
    if (m.offset % 8 !== 0) return this.fail(m, 'Member is not byte aligned');
    return (this.owner.sizeOrType - Math.floor(m.offset / 8)) >>> 0 < size
      ? this.fail(m, 'Member exceeds struct_size')
      : 0;
  }

  /** `bits` bits from bit `offset` on, which may lie anywhere inside the structure. */
  private bitsFit(m: RawMember, offset: number, bits: number): number {
    const struct = this.owner.sizeOrType;
    const byte = Math.floor(offset / 8);
    const copied = bits + (offset % 8);
    if (copied > BITS_PER_U128) return this.fail(m, 'nr_copy_bits exceeds 128');
    return struct < byte || struct - byte < bitsToBytes(copied)
      ? this.fail(m, 'Member exceeds struct_size')
      : 0;
  }

  private plainInt(m: RawMember, type: RawType): number {
    const { offset, bits } = intData(this.raw, type);
    if (U32_MAX - m.offset < offset) return this.fail(m, 'bits_offset exceeds U32_MAX');
    return this.bitsFit(m, m.offset + offset, bits);
  }

  private float(m: RawMember, type: RawType): number {
    const align = Math.min(POINTER_SIZE, type.sizeOrType) * 8;
    if (m.offset % align !== 0) return this.fail(m, 'Member is not properly aligned');
    return Math.floor(m.offset / 8) + type.sizeOrType > this.owner.sizeOrType
      ? this.fail(m, 'Member exceeds struct_size')
      : 0;
  }

  /** check_member(): the structure has no kind_flag, or the member is no bit field. */
  plain(m: RawMember, type: RawType): number {
    if (isModifier(type)) {
      const sized = this.sizes.sizeOf(m.type);
      return sized === null
        ? this.fail(m, 'Invalid member')
        : this.plain({ ...m, type: sized.id }, sized.type);
    }
    switch (type.kind) {
      case 'int':
        return this.plainInt(m, type);
      case 'float':
        return this.float(m, type);
      case 'ptr':
        return this.wholeBytes(m, POINTER_SIZE);
      case 'array':
        return this.wholeBytes(m, this.sizes.sizeOf(m.type)?.size ?? 0);
      default:
        return hasSize(type) && type.kind !== 'datasec'
          ? this.wholeBytes(m, type.sizeOrType)
          : this.unsupported('Unsupported check_member');
    }
  }

  private flaggedInt(m: RawMember, type: RawType): number {
    const width = m.offset >>> 24;
    const offset = m.offset & 0xffffff;
    const { bits } = intData(this.raw, type);
    if (!isRegularInt(this.raw, type)) return this.fail(m, 'Invalid member base type');
    if (width === 0 && offset % 8 !== 0) return this.fail(m, 'Invalid member offset');
    if (width > bits) return this.fail(m, 'Invalid member bitfield_size');
    return this.bitsFit(m, offset, width === 0 ? bits : width);
  }

  private flaggedEnum(m: RawMember): number {
    const width = m.offset >>> 24;
    const offset = m.offset & 0xffffff;
    if (width === 0 && offset % 8 !== 0) return this.fail(m, 'Member is not byte aligned');
    if (width > 32) return this.fail(m, 'Invalid member bitfield_size');
    return this.owner.sizeOrType < bitsToBytes(offset + (width === 0 ? 32 : width))
      ? this.fail(m, 'Member exceeds struct_size')
      : 0;
  }

  /** check_kflag_member(): the structure has kind_flag, so that offsets hold bit field widths. */
  private flagged(m: RawMember, type: RawType): number {
    if (isModifier(type)) {
      const sized = this.sizes.sizeOf(m.type);
      return sized === null
        ? this.fail(m, 'Invalid member')
        : this.flagged({ ...m, type: sized.id }, sized.type);
    }
    switch (type.kind) {
      case 'int':
        return this.flaggedInt(m, type);
      case 'enum':
      case 'enum64':
        return this.flaggedEnum(m);
      case 'float':
      case 'ptr':
      case 'array':
      case 'struct':
      case 'union':
        return m.offset >>> 24 !== 0 ? this.fail(m, 'Invalid member bitfield_size') : this.plain(m, type);
      default:
        return this.unsupported('Unsupported check_kflag_member');
    }
  }

  check(m: RawMember, type: RawType): number {
    return this.owner.kindFlag ? this.flagged(m, type) : this.plain(m, type);
  }
}
