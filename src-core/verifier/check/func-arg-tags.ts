import type { Btf } from '../../btf/btf.ts';
import type { BtfFunc, BtfType } from '../../btf/types.ts';
import { ARG, FLAG } from '../../platform/func-proto.ts';
import { kindText, nameText } from '../log/kind-text.ts';
import { reject } from '../log/verbose.ts';
import type { SubprogArg, VerifierEnv } from '../state/env.ts';
import { EINVAL, ENOENT, EOPNOTSUPP, ESRCH } from '../state/errno.ts';

const ARG_TAGS = ['ctx', 'trusted', 'untrusted', 'nonnull', 'nullable', 'arena'] as const;
/** What a declaration tag "arg:..." says of a function's argument. */
export type ArgTag = (typeof ARG_TAGS)[number];

const isArgTag = (text: string): text is ArgTag => (ARG_TAGS as readonly string[]).includes(text);

/** The tags of argument `arg`, or an errno (btf_scan_decl_tags()). */
export function scanArgTags(
  env: VerifierEnv,
  btf: Btf,
  func: BtfFunc,
  arg: number,
  isGlobal: boolean,
): ReadonlySet<ArgTag> | number {
  const tags = new Set<ArgTag>();
  for (let id = btf.startId; id < btf.nrTypes; id++) {
    if (btf.kindOf(id) !== 'decl_tag') continue;
    const t = btf.typeById(id);
    if (t.kind !== 'decl_tag' || t.type !== func.id || t.componentIdx !== arg) continue;
    if (!t.name.startsWith('arg:')) continue;
    if (!isGlobal) {
      return reject(env, EOPNOTSUPP, 'arg#%d type tag is not supported in static functions\n', arg);
    }
    const tag = t.name.slice('arg:'.length);
    if (!isArgTag(tag)) return reject(env, EOPNOTSUPP, 'arg#%d has unsupported set of tags\n', arg);
    tags.add(tag);
  }
  return tags;
}

/** The name without its flavour: "task_struct___v2" is a task_struct (bpf_core_essential_name_len()). */
const essentialName = (name: string): string => /^(.*[^_])___[^_]/.exec(name)?.[1] ?? name;

/** btf_get_ptr_to_btf_id(): the kernel's type of the same name, or an errno. */
function kernelTypeOf(env: VerifierEnv, t: BtfType, arg: number): number {
  const { kernelBtf } = env;
  const ids = kernelBtf.findAllByName(essentialName(t.name)).filter((id) => kernelBtf.kindOf(id) === t.kind);
  if (ids.length === 1) return ids[0];
  return reject(
    env,
    ids.length === 0 ? ENOENT : ESRCH,
    "arg#%d reference type('%s %s') %s\n",
    arg,
    kindText(t),
    nameText(t.name),
    ids.length === 0 ? 'has no matches' : 'is ambiguous',
  );
}

const invalidTags = (env: VerifierEnv, arg: number): number =>
  reject(env, EINVAL, 'arg#%d has invalid combination of tags\n', arg);

function trustedArg(
  env: VerifierEnv,
  t: BtfType,
  arg: number,
  tags: ReadonlySet<ArgTag>,
): SubprogArg | number {
  if (tags.has('nonnull')) return invalidTags(env, arg);
  const btfId = kernelTypeOf(env, t, arg);
  if (btfId < 0) return btfId;
  const nullable = tags.has('nullable') ? FLAG.PTR_MAYBE_NULL : 0;
  return { argType: ARG.ARG_PTR_TO_BTF_ID | FLAG.PTR_TRUSTED | nullable, memSize: 0, btfId };
}

function untrustedArg(
  env: VerifierEnv,
  t: BtfType,
  arg: number,
  tags: ReadonlySet<ArgTag>,
): SubprogArg | number {
  if (tags.size > 1) {
    return reject(env, EINVAL, 'arg#%d untrusted cannot be combined with any other tags\n', arg);
  }
  if (t.kind === 'void' || t.kind === 'int' || t.kind === 'enum' || t.kind === 'enum64') {
    return { argType: ARG.ARG_PTR_TO_MEM | FLAG.MEM_RDONLY | FLAG.PTR_UNTRUSTED, memSize: 0, btfId: 0 };
  }
  const btfId = kernelTypeOf(env, t, arg);
  if (btfId < 0) return btfId;
  const found = env.kernelBtf.typeById(btfId);
  if (found.kind === 'struct' || found.kind === 'union') {
    return { argType: ARG.ARG_PTR_TO_BTF_ID | FLAG.PTR_UNTRUSTED, memSize: 0, btfId };
  }
  return reject(
    env,
    EINVAL,
    "arg#%d has type %s '%s', but only struct or primitive types are allowed\n",
    arg,
    kindText(found),
    nameText(''),
  );
}

/** A pointer to `t` as its tags say; null where they say nothing of what it points to. */
export function taggedPointer(
  env: VerifierEnv,
  t: BtfType,
  arg: number,
  tags: ReadonlySet<ArgTag>,
): SubprogArg | number | null {
  if (tags.has('trusted')) return trustedArg(env, t, arg, tags);
  if (tags.has('untrusted')) return untrustedArg(env, t, arg, tags);
  if (!tags.has('arena')) return null;
  if (tags.size > 1) {
    return reject(env, EINVAL, 'arg#%d arena cannot be combined with any other tags\n', arg);
  }
  return { argType: ARG.ARG_PTR_TO_ARENA, memSize: 0, btfId: 0 };
}
