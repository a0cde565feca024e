import type { Btf } from '../../btf/btf.ts';
import type { BtfType } from '../../btf/types.ts';
import type { VerifierMap } from '../api.ts';
import { Unsupported } from '../state/unsupported.ts';

/** Structures that the kernel manages inside map values (btf_parse_fields()). */
const SPECIAL_STRUCTS: ReadonlySet<string> = new Set([
  'bpf_spin_lock',
  'bpf_res_spin_lock',
  'bpf_timer',
  'bpf_wq',
  'bpf_task_work',
  'bpf_list_head',
  'bpf_list_node',
  'bpf_rb_root',
  'bpf_rb_node',
  'bpf_refcount',
]);
const KPTR_TAGS: ReadonlySet<string> = new Set(['kptr_untrusted', 'kptr', 'percpu_kptr', 'uptr']);
const MAX_DEPTH = 8;

function specialOf(btf: Btf, id: number, depth: number): string | null {
  const t: BtfType = btf.typeById(id);
  if (t.kind === 'ptr') {
    const pointee = btf.typeById(t.type);
    return pointee.kind === 'type_tag' && KPTR_TAGS.has(pointee.name) ? 'kptr' : null;
  }
  if (t.kind === 'struct' || t.kind === 'union') {
    if (SPECIAL_STRUCTS.has(t.name)) return t.name;
    if (depth >= MAX_DEPTH) return null;
    for (const member of t.members) {
      const found = specialOf(btf, member.type, depth + 1);
      if (found !== null) return found;
    }
    return null;
  }
  if (t.kind === 'datasec') {
    for (const v of t.vars) {
      const found = specialOf(btf, v.type, depth + 1);
      if (found !== null) return found;
    }
    return null;
  }
  const next = t.kind === 'array' || t.kind === 'var' || t.kind === 'typedef' ? t.type : null;
  if (next !== null) return specialOf(btf, next, depth);
  const isModifier =
    t.kind === 'const' || t.kind === 'volatile' || t.kind === 'restrict' || t.kind === 'type_tag';
  return isModifier ? specialOf(btf, t.type, depth) : null;
}

const known = new WeakMap<VerifierMap, string | null>();

/** Stops at maps whose values hold locks, timers, kernel pointers and the like: they are not modelled. */
export function refuseSpecialMap(map: VerifierMap): void {
  let special = known.get(map);
  if (special === undefined) {
    const { btf, btfValueTypeId } = map;
    special = btf === null || btfValueTypeId === 0 ? null : specialOf(btf, btfValueTypeId, 0);
    known.set(map, special);
  }
  if (special !== null) throw new Unsupported(`${special} in the value of map ${map.name}`);
  if (map.inner !== null) refuseSpecialMap(map.inner);
}
