import type { Btf } from '../../btf/btf.ts';
import type { CoreRelo } from '../../btf/ext.ts';
import type { BtfArray, BtfType } from '../../btf/types.ts';
import { CoreError, type CoreReloKind, isEnumvalBased, isFieldBased, isTypeBased } from './kinds.ts';

/** `BPF_CORE_SPEC_MAX_LEN`. */
export const MAX_SPEC_LEN = 64;

/** One step of a field access that has a meaning: a named member (with `name`) or an array index. */
export interface Accessor {
  /** The struct or union of the member; the element type of the array; the enum. */
  readonly typeId: number;
  readonly idx: number;
  readonly name: string | null;
}

/** `struct bpf_core_spec`: an access in one BTF, from a root type down. Offsets are in bits. */
export interface CoreSpec {
  readonly btf: Btf;
  readonly rootTypeId: number;
  readonly kind: CoreReloKind;
  readonly accessors: Accessor[];
  /** Number of raw steps, anonymous members included. */
  rawLen: number;
  bitOffset: number;
}

export function emptySpec(btf: Btf, rootTypeId: number, kind: CoreReloKind): CoreSpec {
  return { btf, rootTypeId, kind, accessors: [], rawLen: 0, bitOffset: 0 };
}

/** A zero-sized array that is the last member of its struct may be indexed at will. */
export function isFlexArray(btf: Btf, parent: Accessor | undefined, array: BtfArray): boolean {
  if (parent === undefined || parent.name === null || array.nelems > 0) return false;
  const t = btf.typeById(parent.typeId);
  return 'members' in t && parent.idx === t.members.length - 1;
}

function parseIndexes(text: string): number[] {
  if (!/^\d+(:\d+)*$/.test(text)) throw new CoreError(`access string '${text}' is malformed`);
  const raw = text.split(':').map(Number);
  if (raw.length > MAX_SPEC_LEN)
    throw new CoreError(`access string '${text}' has over ${MAX_SPEC_LEN} steps`);
  return raw;
}

/** bpf_core_parse_spec(): the access that the compiler recorded, in the object's own BTF. */
export function parseSpec(btf: Btf, relo: CoreRelo, kind: CoreReloKind): CoreSpec {
  const text = btf.stringAt(relo.accessStrOff);
  const spec = emptySpec(btf, relo.typeId, kind);
  if (isTypeBased(kind)) {
    if (text !== '0') throw new CoreError(`access string '${text}' for a type relocation, '0' wanted`);
    return spec;
  }
  const raw = parseIndexes(text);
  spec.rawLen = raw.length;
  const id = btf.skipModsAndTypedefs(relo.typeId);
  if (isEnumvalBased(kind)) return parseEnumval(spec, btf.typeById(id), raw);
  if (!isFieldBased(kind)) throw new CoreError(`relocation kind ${kind} has no access`);
  spec.accessors.push({ typeId: id, idx: raw[0], name: null });
  spec.bitOffset = (raw[0] * btf.resolveSize(id) * 8) >>> 0;
  raw.slice(1).reduce((at, idx) => step(spec, at, idx), id);
  return spec;
}

function parseEnumval(spec: CoreSpec, t: BtfType, raw: readonly number[]): CoreSpec {
  if (!('values' in t) || raw.length > 1 || raw[0] >= t.values.length) {
    throw new CoreError(`no enumerator ${raw.join(':')} in type [${t.id}]`);
  }
  spec.accessors.push({ typeId: t.id, idx: raw[0], name: t.values[raw[0]].name });
  return spec;
}

/** One raw step down from type `at`; returns the type it leads to. */
function step(spec: CoreSpec, at: number, idx: number): number {
  const { btf, accessors } = spec;
  const t = btf.typeById(btf.skipModsAndTypedefs(at));
  if (t.kind === 'struct' || t.kind === 'union') {
    const member = t.members[idx];
    if (member === undefined) throw new CoreError(`type [${t.id}] has no member ${idx}`);
    spec.bitOffset = (spec.bitOffset + member.bitOffset) >>> 0;
    if (member.name !== '') accessors.push({ typeId: t.id, idx, name: member.name });
    return member.type;
  }
  if (t.kind === 'array') {
    const flex = isFlexArray(btf, accessors.at(-1), t);
    if (!flex && idx >= t.nelems) throw new CoreError(`index ${idx} is past the end of array type [${t.id}]`);
    const elem = btf.skipModsAndTypedefs(t.type);
    accessors.push({ typeId: elem, idx, name: null });
    spec.bitOffset = (spec.bitOffset + idx * btf.resolveSize(elem) * 8) >>> 0;
    return elem;
  }
  throw new CoreError(`relo for [${spec.rootTypeId}] captures type [${t.id}] of unexpected kind ${t.kind}`);
}
