import type { Btf } from '../../btf/btf.ts';
import type { BtfComposite } from '../../btf/types.ts';
import { fieldsAreCompat, typesAreCompat, typesMatch } from './compat.ts';
import { CoreError, essentialName, isEnumvalBased, isTypeBased } from './kinds.ts';
import { type Accessor, type CoreSpec, emptySpec, isFlexArray, MAX_SPEC_LEN } from './spec.ts';

/** bpf_core_spec_match(): the same access in a candidate type of the target, or null when it has none. */
export function matchSpec(local: CoreSpec, target: Btf, targetId: number): CoreSpec | null {
  const spec = emptySpec(target, targetId, local.kind);
  if (isTypeBased(local.kind)) {
    const pair = { l: local.btf, t: target };
    const ok =
      local.kind === 'type_matches'
        ? typesMatch(pair, local.rootTypeId, targetId)
        : typesAreCompat(local.btf, local.rootTypeId, target, targetId);
    return ok ? spec : null;
  }
  return isEnumvalBased(local.kind) ? matchEnumval(local, spec) : matchFields(local, spec);
}

function matchEnumval(local: CoreSpec, spec: CoreSpec): CoreSpec | null {
  const id = spec.btf.skipModsAndTypedefs(spec.rootTypeId);
  const t = spec.btf.typeById(id);
  if (!('values' in t)) return null;
  const wanted = essentialName(local.accessors[0].name ?? '');
  const idx = t.values.findIndex((v) => essentialName(v.name) === wanted);
  if (idx < 0) return null;
  spec.accessors.push({ typeId: id, idx, name: t.values[idx].name });
  spec.rawLen = 1;
  return spec;
}

function matchFields(local: CoreSpec, spec: CoreSpec): CoreSpec | null {
  let at: number | null = spec.rootTypeId;
  for (const [i, accessor] of local.accessors.entries()) {
    at =
      accessor.name === null
        ? matchIndex(accessor, spec, at, i > 0)
        : matchMember(local.btf, accessor, spec, at);
    if (at === null) return null;
  }
  return spec;
}

/** An array index; the first accessor of all indexes the root itself. Returns the element type. */
function matchIndex(accessor: Accessor, spec: CoreSpec, at: number, inArray: boolean): number | null {
  const { btf } = spec;
  let elem = btf.skipModsAndTypedefs(at);
  if (inArray) {
    const array = btf.typeById(elem);
    if (array.kind !== 'array') return null;
    if (!isFlexArray(btf, spec.accessors.at(-1), array) && accessor.idx >= array.nelems) return null;
    elem = btf.skipModsAndTypedefs(array.type);
  }
  if (spec.rawLen === MAX_SPEC_LEN) throw new CoreError('types are nested too deeply');
  spec.accessors.push({ typeId: elem, idx: accessor.idx, name: null });
  spec.rawLen++;
  spec.bitOffset = (spec.bitOffset + accessor.idx * btf.resolveSize(elem) * 8) >>> 0;
  return elem;
}

/**
 * bpf_core_match_member(): the member of that name, anonymous structs and unions searched too. Returns
 * its type, or null when there is none that is compatible.
 */
function matchMember(localBtf: Btf, accessor: Accessor, spec: CoreSpec, at: number): number | null {
  const t = spec.btf.typeById(spec.btf.skipModsAndTypedefs(at));
  if (t.kind !== 'struct' && t.kind !== 'union') return null;
  const found = searchMember(localBtf, accessor, spec, t);
  return found === 'absent' || found === 'incompatible' ? null : found;
}

function searchMember(
  localBtf: Btf,
  accessor: Accessor,
  spec: CoreSpec,
  t: BtfComposite,
): number | 'absent' | 'incompatible' {
  const local = localBtf.typeById(accessor.typeId);
  const localType = 'members' in local ? local.members[accessor.idx].type : 0;
  for (const [idx, member] of t.members.entries()) {
    if (spec.rawLen === MAX_SPEC_LEN) throw new CoreError('types are nested too deeply');
    const before = spec.bitOffset;
    spec.bitOffset = (before + member.bitOffset) >>> 0;
    spec.rawLen++;
    if (member.name === '') {
      const inner = spec.btf.typeById(spec.btf.skipModsAndTypedefs(member.type));
      const isComposite = inner.kind === 'struct' || inner.kind === 'union';
      const found = isComposite ? searchMember(localBtf, accessor, spec, inner) : 'absent';
      if (typeof found === 'number') return found;
    } else if (member.name === accessor.name) {
      if (!fieldsAreCompat({ l: localBtf, t: spec.btf }, localType, member.type)) return 'incompatible';
      spec.accessors.push({ typeId: t.id, idx, name: member.name });
      return member.type;
    }
    spec.bitOffset = before;
    spec.rawLen--;
  }
  return 'absent';
}
