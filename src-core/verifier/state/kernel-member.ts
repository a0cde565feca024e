import type { Btf } from '../../btf/btf.ts';

/** Where a member lies in a structure, in bytes. */
export interface MemberPlace {
  readonly start: number;
  readonly end: number;
}

/**
 * The place of a member of type `typeId`, named by its path ("icsk_ack", "pending"), anonymous parts seen through;
 * null when there is none.
 */
export function memberPlace(btf: Btf, typeId: number, path: readonly string[]): MemberPlace | null {
  const t = btf.typeById(btf.skipModsAndTypedefs(typeId));
  if (t.kind !== 'struct' && t.kind !== 'union') return null;
  for (const m of t.members) {
    const start = m.bitOffset >> 3;
    const rest = m.name === '' ? path : path.slice(1);
    if (m.name !== '' && m.name !== path[0]) continue;
    if (rest.length === 0) return { start, end: start + btf.resolveSize(m.type) };
    const inner = memberPlace(btf, m.type, rest);
    if (inner !== null) return { start: start + inner.start, end: start + inner.end };
  }
  return null;
}
