import { EINVAL, ENOTSUPP } from '../../uapi/errno.ts';
import { assertNever } from '../../util/assert-never.ts';
import { s64ToDec, u64ToDec } from '../../util/int64.ts';
import { BTF_INT_BOOL, BTF_INT_CHAR, BTF_INT_SIGNED, BTF_KINDS, BTF_MAX_TYPE } from '../kinds.ts';
import type { BtfCheckLog } from './log.ts';
import { bitsToBytes, intData, memberAt, type RawBtf, type RawType, secinfoAt } from './raw.ts';

const BTF_INFO_MASK = 0x9f00ffff;
const BTF_INT_MASK = 0x0fffffff;
const BITS_PER_U128 = 128;
const TYPE_SIZE = 12;

/** The first phase, type by type, before any reference is followed (btf_check_meta(), Linux 6.18). */
class MetaCheck {
  constructor(
    private readonly raw: RawBtf,
    private readonly log: BtfCheckLog,
    private readonly t: RawType,
    /** Bytes of the section after the type's own words. */
    private readonly left: number,
  ) {}

  private fail(what: string, errno = EINVAL): number {
    this.log.type(this.raw, this.t, what);
    return -errno;
  }

  /** -EINVAL when the section ends too early, else null. */
  private short(needed: number): number | null {
    if (this.left >= needed) return null;
    this.log.basic(this.raw, this.t, `meta_left:${this.left} meta_needed:${needed}`);
    return -EINVAL;
  }

  private ok(bytes: number): number {
    this.log.type(this.raw, this.t, null);
    return bytes;
  }

  private get badName(): boolean {
    return this.t.nameOff === 0 || !this.raw.validIdentifier(this.t.nameOff);
  }

  private int(): number {
    const { raw, t } = this;
    const short = this.short(4);
    if (short !== null) return short;
    if (t.vlen !== 0) return this.fail('vlen != 0');
    if (t.kindFlag) return this.fail('Invalid btf_info kind_flag');
    const { word, bits, offset, encoding } = intData(raw, t);
    if ((word & ~BTF_INT_MASK) !== 0) {
      this.log.basic(raw, t, `Invalid int_data:${word.toString(16)}`);
      return -EINVAL;
    }
    if (bits + offset > BITS_PER_U128) return this.fail(`nr_bits exceeds ${BITS_PER_U128}`);
    if (bitsToBytes(bits + offset) > t.sizeOrType) return this.fail('nr_bits exceeds type_size');
    if (![0, BTF_INT_SIGNED, BTF_INT_CHAR, BTF_INT_BOOL].includes(encoding)) {
      return this.fail('Unsupported encoding', ENOTSUPP);
    }
    return this.ok(4);
  }

  private ref(): number {
    const { raw, t } = this;
    if (t.vlen !== 0) return this.fail('vlen != 0');
    if (t.kindFlag && t.kind !== 'type_tag') return this.fail('Invalid btf_info kind_flag');
    if (t.sizeOrType > BTF_MAX_TYPE) return this.fail('Invalid type_id');
    if (t.kind === 'typedef') {
      if (this.badName) return this.fail('Invalid name');
    } else if (t.kind === 'type_tag') {
      if (raw.isEmptyString(t.nameOff)) return this.fail('Invalid name');
    } else if (t.nameOff !== 0) {
      return this.fail('Invalid name');
    }
    return this.ok(0);
  }

  private fwd(): number {
    const { t } = this;
    if (t.vlen !== 0) return this.fail('vlen != 0');
    if (t.sizeOrType !== 0) return this.fail('type != 0');
    return this.badName ? this.fail('Invalid name') : this.ok(0);
  }

  private array(): number {
    const { raw, t } = this;
    const short = this.short(12);
    if (short !== null) return short;
    if (t.nameOff !== 0) return this.fail('Invalid name');
    if (t.vlen !== 0) return this.fail('vlen != 0');
    if (t.kindFlag) return this.fail('Invalid btf_info kind_flag');
    if (t.sizeOrType !== 0) return this.fail('size != 0');
    const valid = (id: number): boolean => id !== 0 && id <= BTF_MAX_TYPE;
    if (!valid(raw.u32(t.extra))) return this.fail('Invalid elem');
    if (!valid(raw.u32(t.extra + 4))) return this.fail('Invalid index');
    return this.ok(12);
  }

  private struct(): number {
    const { raw, t, log } = this;
    const needed = t.vlen * 12;
    const short = this.short(needed);
    if (short !== null) return short;
    if (t.nameOff !== 0 && !raw.validIdentifier(t.nameOff)) return this.fail('Invalid name');
    log.type(raw, t, null);
    let last = 0;
    for (let i = 0; i < t.vlen; i++) {
      const m = memberAt(raw, t, i);
      const offset = t.kindFlag ? m.offset & 0xffffff : m.offset;
      const wrong = this.memberProblem(i, offset, last);
      log.member(raw, t, m, wrong);
      if (wrong !== null) return -EINVAL;
      last = offset;
    }
    return needed;
  }

  private memberProblem(i: number, offset: number, last: number): string | null {
    const { raw, t } = this;
    const m = memberAt(raw, t, i);
    if (!raw.nameOffsetValid(m.nameOff)) return `Invalid member name_offset:${m.nameOff}`;
    if (m.nameOff !== 0 && !raw.validIdentifier(m.nameOff)) return 'Invalid name';
    if (m.type === 0 || m.type > BTF_MAX_TYPE) return 'Invalid type_id';
    if (t.kind === 'union' && offset !== 0) return 'Invalid member bits_offset';
    if (last > offset) return 'Invalid member bits_offset';
    return bitsToBytes(offset) > t.sizeOrType ? 'Member bits_offset exceeds its struct size' : null;
  }

  private enumeration(entrySize: 8 | 12): number {
    const { raw, t, log } = this;
    const needed = t.vlen * entrySize;
    const short = this.short(needed);
    if (short !== null) return short;
    if (![1, 2, 4, 8].includes(t.sizeOrType)) return this.fail('Unexpected size');
    if (t.nameOff !== 0 && !raw.validIdentifier(t.nameOff)) return this.fail('Invalid name');
    log.type(raw, t, null);
    for (let i = 0; i < t.vlen; i++) {
      const at = t.extra + i * entrySize;
      const nameOff = raw.u32(at);
      if (!raw.nameOffsetValid(nameOff)) {
        log.write(`\tInvalid name_offset:${nameOff}`);
        return -EINVAL;
      }
      if (nameOff === 0 || !raw.validIdentifier(nameOff)) return this.fail('Invalid name');
      log.write(`\t${raw.nameForLog(nameOff)} val=${this.enumValue(at + 4, entrySize)}\n`);
    }
    return needed;
  }

  private enumValue(at: number, entrySize: 8 | 12): string {
    const lo = this.raw.u32(at);
    if (entrySize === 8) return String(this.t.kindFlag ? lo | 0 : lo);
    const hi = this.raw.u32(at + 4);
    return this.t.kindFlag ? s64ToDec(lo | 0, hi | 0) : u64ToDec(lo | 0, hi | 0);
  }

  private funcProto(): number {
    const { t } = this;
    const needed = t.vlen * 8;
    const short = this.short(needed);
    if (short !== null) return short;
    if (t.nameOff !== 0) return this.fail('Invalid name');
    return t.kindFlag ? this.fail('Invalid btf_info kind_flag') : this.ok(needed);
  }

  private func(): number {
    const { t } = this;
    if (this.badName) return this.fail('Invalid name');
    if (t.vlen > 1) return this.fail('Invalid func linkage');
    return t.kindFlag ? this.fail('Invalid btf_info kind_flag') : this.ok(0);
  }

  private variable(): number {
    const { raw, t } = this;
    const short = this.short(4);
    if (short !== null) return short;
    if (t.vlen !== 0) return this.fail('vlen != 0');
    if (t.kindFlag) return this.fail('Invalid btf_info kind_flag');
    if (this.badName) return this.fail('Invalid name');
    if (t.sizeOrType === 0 || t.sizeOrType > BTF_MAX_TYPE) return this.fail('Invalid type_id');
    return raw.u32(t.extra) > 1 ? this.fail('Linkage not supported') : this.ok(4);
  }

  private datasec(): number {
    const { raw, t, log } = this;
    const needed = t.vlen * 12;
    const short = this.short(needed);
    if (short !== null) return short;
    if (t.sizeOrType === 0) return this.fail('size == 0');
    if (t.kindFlag) return this.fail('Invalid btf_info kind_flag');
    if (t.nameOff === 0 || !raw.validSectionName(t.nameOff)) return this.fail('Invalid name');
    log.type(raw, t, null);
    let lastEnd = 0;
    let sum = 0;
    for (let i = 0; i < t.vlen; i++) {
      const v = secinfoAt(raw, t, i);
      const wrong = this.secinfoProblem(i, lastEnd);
      log.secinfo(raw, t, v, wrong);
      if (wrong !== null) return -EINVAL;
      lastEnd = v.offset + v.size;
      sum += v.size;
    }
    return t.sizeOrType < sum ? this.fail('Invalid btf_info size') : needed;
  }

  private secinfoProblem(i: number, lastEnd: number): string | null {
    const { t } = this;
    const v = secinfoAt(this.raw, t, i);
    if (v.type === 0 || v.type > BTF_MAX_TYPE) return 'Invalid type_id';
    if (v.offset < lastEnd || v.offset >= t.sizeOrType) return 'Invalid offset';
    if (v.size === 0 || v.size > t.sizeOrType) return 'Invalid size';
    return v.offset + v.size > t.sizeOrType ? 'Invalid offset+size' : null;
  }

  private float(): number {
    const { t } = this;
    if (t.vlen !== 0) return this.fail('vlen != 0');
    if (t.kindFlag) return this.fail('Invalid btf_info kind_flag');
    return [2, 4, 8, 12, 16].includes(t.sizeOrType) ? this.ok(0) : this.fail('Invalid type_size');
  }

  private declTag(): number {
    const { raw, t } = this;
    const short = this.short(4);
    if (short !== null) return short;
    if (raw.isEmptyString(t.nameOff)) return this.fail('Invalid value');
    if (t.vlen !== 0) return this.fail('vlen != 0');
    return (raw.u32(t.extra) | 0) < -1 ? this.fail('Invalid component_idx') : this.ok(4);
  }

  /** Bytes after the type's words, or a negative errno. */
  run(): number {
    const { kind } = this.t;
    switch (kind) {
      case 'int':
        return this.int();
      case 'ptr':
      case 'typedef':
      case 'volatile':
      case 'const':
      case 'restrict':
      case 'type_tag':
        return this.ref();
      case 'array':
        return this.array();
      case 'struct':
      case 'union':
        return this.struct();
      case 'enum':
        return this.enumeration(8);
      case 'enum64':
        return this.enumeration(12);
      case 'fwd':
        return this.fwd();
      case 'func':
        return this.func();
      case 'func_proto':
        return this.funcProto();
      case 'var':
        return this.variable();
      case 'datasec':
        return this.datasec();
      case 'float':
        return this.float();
      case 'decl_tag':
        return this.declTag();
      case 'void':
        return -EINVAL;
      default:
        return assertNever(kind);
    }
  }
}

/** One type at `at`: its length in bytes, or a negative errno. */
function checkMeta(raw: RawBtf, log: BtfCheckLog, at: number): number {
  const left = raw.typeEnd - at;
  if (left < TYPE_SIZE) {
    log.write(`[${log.typeId}] meta_left:${left} meta_needed:${TYPE_SIZE}`);
    return -EINVAL;
  }
  const t = raw.readType(at);
  if ((t.info & ~BTF_INFO_MASK) !== 0) {
    log.write(`[${log.typeId}] Invalid btf_info:${t.info.toString(16)}`);
    return -EINVAL;
  }
  const kind = (t.info >>> 24) & 0x1f;
  if (kind === 0 || kind >= BTF_KINDS.length) {
    log.write(`[${log.typeId}] Invalid kind:${kind}`);
    return -EINVAL;
  }
  if (!raw.nameOffsetValid(t.nameOff)) {
    log.write(`[${log.typeId}] Invalid name_offset:${t.nameOff}`);
    return -EINVAL;
  }
  const extra = new MetaCheck(raw, log, t, left - TYPE_SIZE).run();
  if (extra < 0) return extra;
  raw.types.push(t);
  return TYPE_SIZE + extra;
}

/** btf_check_all_metas(), Linux 6.18: fills `raw.types`. 0 or a negative errno. */
export function checkAllMetas(raw: RawBtf, log: BtfCheckLog): number {
  log.typeId = 1;
  for (let at = raw.typeStart; at < raw.typeEnd; log.typeId++) {
    const length = checkMeta(raw, log, at);
    if (length < 0) return length;
    at += length;
  }
  return 0;
}
