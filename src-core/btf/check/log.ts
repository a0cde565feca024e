import { BTF_INT_BOOL, BTF_INT_CHAR, BTF_INT_SIGNED, type BtfKind } from '../kinds.ts';
import { intData, type RawBtf, type RawMember, type RawSecinfo, type RawType } from './raw.ts';

/** btf_kind_str[] */
function kindText(kind: BtfKind): string {
  return kind === 'void' ? 'UNKNOWN' : kind.toUpperCase();
}

function encodingText(encoding: number): string {
  if (encoding === 0) return '(none)';
  if (encoding === BTF_INT_SIGNED) return 'SIGNED';
  if (encoding === BTF_INT_CHAR) return 'CHAR';
  return encoding === BTF_INT_BOOL ? 'BOOL' : 'UNKN';
}

function protoText(raw: RawBtf, t: RawType): string {
  const param = (i: number): string => {
    const type = raw.u32(t.extra + 8 * i + 4);
    return `${type} ${raw.nameForLog(raw.u32(t.extra + 8 * i))}`;
  };
  const isVararg = (i: number): boolean => raw.u32(t.extra + 8 * i + 4) === 0;
  const parts = Array.from({ length: t.vlen }, (_, i) =>
    i === t.vlen - 1 && isVararg(i) ? 'vararg' : param(i),
  );
  return `return=${t.sizeOrType} args=(${parts.length === 0 ? 'void' : parts.join(', ')})`;
}

/** What log_details() prints of a type. */
function detailsText(raw: RawBtf, t: RawType): string {
  switch (t.kind) {
    case 'int': {
      const { bits, offset, encoding } = intData(raw, t);
      return `size=${t.sizeOrType} bits_offset=${offset} nr_bits=${bits} encoding=${encodingText(encoding)}`;
    }
    case 'array':
      return `type_id=${raw.u32(t.extra)} index_type_id=${raw.u32(t.extra + 4)} nr_elems=${raw.u32(t.extra + 8)}`;
    case 'struct':
    case 'union':
    case 'enum':
    case 'enum64':
    case 'datasec':
      return `size=${t.sizeOrType} vlen=${t.vlen}`;
    case 'fwd':
      return t.kindFlag ? 'union' : 'struct';
    case 'func_proto':
      return protoText(raw, t);
    case 'var':
      return `type_id=${t.sizeOrType} linkage=${raw.u32(t.extra)}`;
    case 'float':
      return `size=${t.sizeOrType}`;
    case 'decl_tag':
      return `type=${t.sizeOrType} component_idx=${raw.u32(t.extra) | 0}`;
    default:
      return `type_id=${t.sizeOrType}`;
  }
}

/** The log of BPF_BTF_LOAD; every level prints the same. */
export class BtfCheckLog {
  private readonly parts: string[] = [];
  /** Id of the type that the next message is about. */
  typeId = 0;
  /** In the second phase the type was printed long ago, and is printed again before what is wrong in it. */
  resolving = false;

  constructor(private readonly enabled: boolean) {}

  toString(): string {
    return this.parts.join('');
  }

  write(text: string): void {
    if (this.enabled) this.parts.push(text);
  }

  /** btf_verifier_log_basic() */
  basic(raw: RawBtf, t: RawType, what: string): void {
    this.write(`[${this.typeId}] ${kindText(t.kind)} ${raw.nameForLog(t.nameOff)} ${what}\n`);
  }

  /** btf_verifier_log_type(); `what` null prints the type alone. */
  type(raw: RawBtf, t: RawType, what: string | null): void {
    if (!this.enabled) return;
    const more = what === null ? '' : ` ${what}`;
    this.write(
      `[${this.typeId}] ${kindText(t.kind)} ${raw.nameForLog(t.nameOff)} ${detailsText(raw, t)}${more}\n`,
    );
  }

  /** btf_verifier_log_member() */
  member(raw: RawBtf, owner: RawType, m: RawMember, what: string | null): void {
    if (!this.enabled) return;
    if (this.resolving) this.type(raw, owner, null);
    const place = owner.kindFlag
      ? `bitfield_size=${m.offset >>> 24} bits_offset=${m.offset & 0xffffff}`
      : `bits_offset=${m.offset}`;
    const more = what === null ? '' : ` ${what}`;
    this.write(`\t${raw.nameForLog(m.nameOff)} type_id=${m.type} ${place}${more}\n`);
  }

  /** btf_verifier_log_vsi() */
  secinfo(raw: RawBtf, owner: RawType, v: RawSecinfo, what: string | null): void {
    if (!this.enabled) return;
    if (this.resolving) this.type(raw, owner, null);
    const more = what === null ? '' : ` ${what}`;
    this.write(`\t type_id=${v.type} offset=${v.offset} size=${v.size}${more}\n`);
  }
}
