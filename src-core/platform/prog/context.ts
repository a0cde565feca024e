/**
 * What a program may do with each part of its context (the is_valid_access functions, Linux 6.18), as data: a
 * field and a rule for reads and one for writes. A rule says which sizes are allowed at an aligned offset inside
 * the field:
 *   none      no access
 *   exactN    N bytes
 *   narrowN   up to N bytes, converted as part of an N-byte field (`ctx_field_size` N)
 *   start4    narrow4, from the field's first byte only
 *   from2     narrow4 without single bytes
 *   port      4 bytes (field of 4), 1 or 2 (field of 2)
 *   looseport as port, and the 4 bytes are no narrow access
 *   narrow4or8, exact4or8  also 8 bytes at once, inside the field
 *   any       any size, as long as it ends inside the field
 *   free      any size
 */
export type CtxRule =
  | 'none'
  | 'exact1'
  | 'exact4'
  | 'exact8'
  | 'narrow2'
  | 'narrow4'
  | 'narrow8'
  | 'start4'
  | 'from2'
  | 'port'
  | 'looseport'
  | 'narrow4or8'
  | 'exact4or8'
  | 'any'
  | 'free';

/** What a loaded field is: a number, a pointer of a kind of its own, or a trusted pointer to a kernel structure. */
export type CtxValue =
  | 'scalar'
  | 'pkt'
  | 'pkt_meta'
  | 'pkt_end'
  | 'flow_keys'
  | 'sock'
  | 'sock_or_null'
  | 'sock_common_or_null'
  | 'tp_buffer'
  | { readonly trusted: string };

export interface CtxField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly read: CtxRule;
  readonly write: CtxRule;
  readonly value: CtxValue;
}

export interface CtxLayout {
  /** C type of the context. */
  readonly type: string;
  readonly size: number;
  readonly fields: readonly CtxField[];
}

export function field(
  name: string,
  offset: number,
  size: number,
  read: CtxRule,
  write: CtxRule = 'none',
  value: CtxValue = 'scalar',
): CtxField {
  return { name, offset, size, read, write, value };
}

/** A 64-bit pointer that can only be read whole (`__bpf_md_ptr`). */
export const pointer = (name: string, offset: number, value: CtxValue): CtxField =>
  field(name, offset, 8, 'exact8', 'none', value);

/** One access to a context; `size` is 1, 2, 4 or 8 bytes. */
export interface CtxAccess {
  readonly off: number;
  readonly size: number;
  readonly write: boolean;
  /** A sign-extending load. */
  readonly isLdsx: boolean;
}

/** Bytes of the field that an allowed access is converted within (`ctx_field_size`), 0 for a whole field. */
export function ctxFieldSize(rule: CtxRule, size: number): 0 | 2 | 4 | 8 {
  switch (rule) {
    case 'narrow2':
      return 2;
    case 'narrow4':
    case 'start4':
    case 'from2':
    case 'narrow4or8':
      return 4;
    case 'narrow8':
      return 8;
    case 'port':
      return size === 4 ? 4 : 2;
    case 'looseport':
      return size === 4 ? 0 : 2;
    default:
      return 0;
  }
}

const isWide = (f: CtxField, off: number, size: number): boolean =>
  size === 8 && off + size <= f.offset + f.size;

function ruleAllows(rule: CtxRule, f: CtxField, off: number, size: number): boolean {
  switch (rule) {
    case 'none':
      return false;
    case 'exact1':
      return size === 1;
    case 'exact4':
      return size === 4;
    case 'exact8':
      return size === 8;
    case 'narrow2':
      return size <= 2;
    case 'narrow4':
      return size <= 4;
    case 'narrow8':
      return size <= 8;
    case 'start4':
      return off === f.offset && size <= 4;
    case 'from2':
      return size === 2 || size === 4;
    case 'port':
    case 'looseport':
      return size <= 4;
    case 'narrow4or8':
      return size <= 4 || isWide(f, off, size);
    case 'exact4or8':
      return size === 4 || isWide(f, off, size);
    case 'any':
      return off + size <= f.offset + f.size;
    case 'free':
      return true;
  }
}

/**
 * is_valid_access(): the field that an access touches, or null when it is refused. A sign-extending load of a
 * packet pointer is refused.
 */
export function ctxAccess(layout: CtxLayout, access: CtxAccess): CtxField | null {
  const { off, size, write, isLdsx } = access;
  if (off < 0 || off % size !== 0) return null;
  const f = layout.fields.find((x) => off >= x.offset && off < x.offset + x.size);
  if (f === undefined || !ruleAllows(write ? f.write : f.read, f, off, size)) return null;
  const isPointer = f.value === 'pkt' || f.value === 'pkt_meta' || f.value === 'pkt_end';
  return isLdsx && isPointer ? null : f;
}
