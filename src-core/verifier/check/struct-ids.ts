import type { Btf } from '../../btf/btf.ts';
import type { BtfComposite, BtfType } from '../../btf/types.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';

/** A type in its BTF. */
export interface TypeRef {
  readonly btf: Btf;
  readonly id: number;
}

const sameType = (a: TypeRef, b: TypeRef): boolean => a.btf === b.btf && a.id === b.id;

const isComposite = (t: BtfType): t is BtfComposite => t.kind === 'struct' || t.kind === 'union';

/** The element of nested arrays, and its bytes. */
function elementOf(btf: Btf, typeId: number): { id: number; size: number; isArray: boolean } {
  let id = btf.skipModsAndTypedefs(typeId);
  let isArray = false;
  for (let t = btf.typeById(id); t.kind === 'array'; t = btf.typeById(id)) {
    id = btf.skipModsAndTypedefs(t.type);
    isArray = true;
  }
  const t = btf.typeById(id);
  const size = 'size' in t ? t.size : t.kind === 'ptr' ? 8 : 0;
  return { id, size, isArray };
}

/** The structure that is nested at `off`, and the rest of the offset; null for a plain member; or an errno. */
function nestedAt(env: VerifierEnv, type: TypeRef, off: number): { id: number; off: number } | null | number {
  const t = type.btf.typeById(type.id);
  if (!isComposite(t)) return null;
  if (off + 1 > t.size) {
    return reject(env, EACCES, 'access beyond struct %s at off %u size %u\n', t.name, off, 1);
  }
  for (const m of t.members) {
    const at = m.bitOffset >> 3;
    if (m.bitfieldSize !== 0) continue;
    if (off < at) break;
    const whole = type.btf.resolveSize(m.type);
    if (off >= at + whole) continue;
    const element = elementOf(type.btf, m.type);
    if (!isComposite(type.btf.typeById(element.id))) return null;
    const rest = off - at;
    return { id: element.id, off: element.isArray && element.size > 0 ? rest % element.size : rest };
  }
  return null;
}

/**
 * Does a pointer to `have`, moved by `off` bytes, point to `want` (btf_struct_ids_match(), Linux 6.18)? Unless
 * `strict`, a structure nested at that place will do.
 */
export function structIdsMatch(
  env: VerifierEnv,
  have: TypeRef,
  off: number,
  want: TypeRef,
  strict: boolean,
): boolean {
  if (off === 0 && sameType(have, want)) return true;
  if (strict) return false;
  let at: TypeRef = have;
  let rest = off;
  for (;;) {
    const nested = nestedAt(env, at, rest);
    if (nested === null || typeof nested === 'number') return false;
    at = { btf: have.btf, id: nested.id };
    rest = nested.off;
    if (rest === 0 && sameType(at, want)) return true;
  }
}
