import type { Btf } from '../../btf/btf.ts';
import type { BtfComposite, BtfMember, BtfType } from '../../btf/types.ts';
import { nameText } from '../log/kind-text.ts';
import { blame } from '../log/verbose.ts';
import { pointee } from '../state/btf-pointer.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EFAULT, EINVAL } from '../state/errno.ts';
import { PTR_UNTRUSTED } from '../state/reg-type.ts';

/** Bytes of a structure that are looked at. */
export interface StructPlace {
  readonly btf: Btf;
  /** A structure, or what leads to one. */
  readonly id: number;
  readonly off: number;
  readonly size: number;
  /** May the access go past the end, into a last array without a length? */
  readonly flexArrays: boolean;
}

/**
 * What lies there (`enum bpf_struct_walk_result`): a number, a pointer to a structure, some other pointer, or a
 * nested structure that starts there; or a refusal that has been explained.
 */
export type Walked =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'pointer'; readonly id: number; readonly flag: number; readonly field: string }
  | { readonly kind: 'plain pointer' }
  | { readonly kind: 'struct'; readonly id: number; readonly flag: number }
  | { readonly kind: 'refused'; readonly errno: number };

const SCALAR: Walked = { kind: 'scalar' };

const isComposite = (t: BtfType): t is BtfComposite => t.kind === 'struct' || t.kind === 'union';

function refuse(env: VerifierEnv, errno: number, fmt: string, ...args: (string | number)[]): Walked {
  blame(env, fmt, ...args);
  return { kind: 'refused', errno };
}

/** A member's type with arrays taken apart (`__btf_resolve_size()`). */
interface Resolved {
  /** The type, or the element's. */
  readonly id: number;
  /** Bytes of the whole, and elements in it; null where it is no array. */
  readonly size: number;
  readonly nelems: number | null;
}

function resolveMember(btf: Btf, type: number): Resolved | null {
  let id = btf.skipModsAndTypedefs(type);
  let nelems: number | null = null;
  for (let t = btf.typeById(id); t.kind === 'array'; t = btf.typeById(id)) {
    nelems = (nelems ?? 1) * t.nelems;
    id = btf.skipModsAndTypedefs(t.type);
  }
  const t = btf.typeById(id);
  const one = 'size' in t ? t.size : t.kind === 'ptr' ? 8 : null;
  return one === null ? null : { id, size: one * (nelems ?? 1), nelems };
}

/** An access past the end of a structure, into the elements of its last member; null when there is none. */
function flexElement(btf: Btf, t: BtfComposite, off: number): { id: number; off: number } | 'int' | null {
  const last = t.members.at(-1);
  if (last === undefined) return null;
  const array = btf.typeById(btf.skipModsAndTypedefs(last.type));
  const start = last.bitOffset >> 3;
  if (array.kind !== 'array' || array.nelems !== 0 || off < start) return null;
  const element = btf.typeById(btf.skipModsAndTypedefs(array.type));
  if (element.kind === 'int') return 'int';
  if (!isComposite(element) || element.size === 0) return null;
  return { id: element.id, off: (off - start) % element.size };
}

/** One step into a structure; the offset is relative to it. */
interface Step {
  readonly t: BtfComposite;
  readonly off: number;
}

function pointerMember(
  env: VerifierEnv,
  place: StructPlace,
  step: Step,
  m: { readonly member: BtfMember; readonly type: number; readonly start: number; readonly size: number },
  untrusted: number,
): Walked {
  const { btf, size } = place;
  if (m.size !== size || step.off !== m.start) {
    return refuse(
      env,
      EACCES,
      'cannot access ptr member %s with moff %u in struct %s with off %u size %u\n',
      nameText(m.member.name),
      m.start,
      nameText(step.t.name),
      step.off,
      size,
    );
  }
  const to = pointee(btf, m.type);
  if (!isComposite(btf.typeById(to.id))) return { kind: 'plain pointer' };
  return { kind: 'pointer', id: to.id, flag: untrusted | to.flag, field: m.member.name };
}

/** What the walk goes on with, or what it found; null when the member is not touched, 'gap' when none will be. */
function visitMember(
  env: VerifierEnv,
  place: StructPlace,
  step: Step,
  member: BtfMember,
  untrusted: number,
): Walked | Step | null | 'gap' {
  const { btf, size } = place;
  const { off } = step;
  let start = member.bitOffset >> 3;
  if (off + size <= start) return 'gap';
  if (member.bitfieldSize !== 0) {
    const end = (member.bitOffset + member.bitfieldSize + 7) >> 3;
    return off <= start && end <= off + size ? SCALAR : null;
  }
  if (off < start) return 'gap';
  const resolved = resolveMember(btf, member.type);
  if (resolved === null) return refuse(env, EFAULT, "field %s doesn't have size\n", nameText(member.name));
  const end = start + resolved.size;
  if (off >= end) return null;
  let bytes = resolved.size;
  if (resolved.nelems !== null) {
    bytes /= resolved.nelems;
    start += Math.floor((off - start) / bytes) * bytes;
  }
  const t = btf.typeById(resolved.id);
  if (isComposite(t)) {
    return off === start ? { kind: 'struct', id: t.id, flag: untrusted } : { t, off: off - start };
  }
  if (t.kind === 'ptr') {
    return pointerMember(env, place, step, { member, type: t.type, start, size: bytes }, untrusted);
  }
  if (off + size > end && untrusted === 0) {
    return refuse(
      env,
      EACCES,
      'access beyond the end of member %s (mend:%u) in struct %s with off %u size %u\n',
      nameText(member.name),
      end,
      nameText(step.t.name),
      off,
      size,
    );
  }
  return SCALAR;
}

/** btf_struct_walk(), Linux 6.18: what lies at a place inside a structure. */
export function structWalk(env: VerifierEnv, place: StructPlace): Walked {
  const { btf, size } = place;
  const first = btf.typeById(btf.skipModsAndTypedefs(place.id));
  if (!isComposite(first)) return refuse(env, EINVAL, "Type '%s' is not a struct\n", nameText(first.name));
  let step: Step = { t: first, off: place.off };
  let untrusted = 0;
  for (;;) {
    const { t, off }: Step = step;
    if (t.kind === 'union' && t.members.length !== 1) untrusted = PTR_UNTRUSTED;
    if (off + size > t.size) {
      const flex = place.flexArrays ? flexElement(btf, t, off) : null;
      if (flex === 'int') return SCALAR;
      const next = flex === null ? null : btf.typeById(flex.id);
      if (flex === null || next === null || !isComposite(next)) {
        return refuse(
          env,
          EACCES,
          'access beyond struct %s at off %u size %u\n',
          nameText(t.name),
          off,
          size,
        );
      }
      // Nobody knows how many elements there are.
      untrusted = PTR_UNTRUSTED;
      step = { t: next, off: flex.off };
      continue;
    }
    let next: Step | null = null;
    for (const member of t.members) {
      const found = visitMember(env, place, step, member, untrusted);
      if (found === null) continue;
      if (found === 'gap') break;
      if ('kind' in found) return found;
      next = found;
      break;
    }
    if (next === null) {
      return refuse(env, EINVAL, "struct %s doesn't have field at offset %d\n", nameText(t.name), off);
    }
    step = next;
  }
}

/** btf_struct_access(), Linux 6.18, without the fields of program-allocated objects: never a nested structure. */
export function structAccess(env: VerifierEnv, place: StructPlace): Exclude<Walked, { kind: 'struct' }> {
  let at = place;
  let flag = 0;
  for (;;) {
    const found = structWalk(env, at);
    if (found.kind !== 'struct') {
      return found.kind === 'pointer' ? { ...found, flag: found.flag | flag } : found;
    }
    flag |= found.flag;
    at = { ...at, id: found.id, off: 0 };
  }
}
