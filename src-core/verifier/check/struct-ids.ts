import type { Btf } from '../../btf/btf.ts';
import type { VerifierEnv } from '../state/env.ts';
import { structWalk } from './struct-walk.ts';

/** A type in its BTF. */
export interface TypeRef {
  readonly btf: Btf;
  readonly id: number;
}

/** How types are compared. */
export interface Match {
  /** The types themselves: no structure nested in the first will do. */
  readonly strict: boolean;
  /** The kernel's structures may end in an array without a length. */
  readonly flexArrays: boolean;
}

const sameType = (a: TypeRef, b: TypeRef): boolean => a.btf === b.btf && a.id === b.id;

/** Does a pointer to `have`, moved by `off` bytes, point to `want` (btf_struct_ids_match(), Linux 6.18)? */
export function structIdsMatch(
  env: VerifierEnv,
  have: TypeRef,
  off: number,
  want: TypeRef,
  match: Match,
): boolean {
  if (off === 0 && sameType(have, want)) return true;
  if (match.strict) return false;
  let at: TypeRef = have;
  let rest = off;
  for (;;) {
    const found = structWalk(env, { ...at, off: rest, size: 1, flexArrays: match.flexArrays });
    if (found.kind !== 'struct') return false;
    at = { btf: have.btf, id: found.id };
    if (sameType(at, want)) return true;
    rest = 0;
  }
}
