import type { Btf } from '../../../btf/btf.ts';
import type { BtfType } from '../../../btf/types.ts';
import { verbose } from '../../log/verbose.ts';
import type { VerifierEnv } from '../../state/env.ts';
import type { Reg } from '../../state/reg.ts';
import { SCALAR_VALUE } from '../../state/reg-type.ts';
import type { KfuncSignature } from '../../state/signature.ts';

/** Questions about one parameter of a kfunc: the suffix of its name, and the kernel structure it points to. */

/** btf_type_skip_modifiers() */
export const skipMods = (btf: Btf, id: number): BtfType => btf.typeById(btf.skipModsAndTypedefs(id));

/** btf_type_is_scalar() */
export const isScalarType = (t: BtfType): boolean =>
  t.kind === 'int' || t.kind === 'enum' || t.kind === 'enum64';

/** btf_type_is_struct() */
export const isStructType = (t: BtfType): boolean => t.kind === 'struct' || t.kind === 'union';

/** btf_param_match_suffix(): `__sz`, `__k`, `__ign` and the like. */
export const hasSuffix = (sig: KfuncSignature, arg: number, suffix: string): boolean =>
  sig.proto.params[arg].name.endsWith(suffix);

/** is_kfunc_arg_mem_size(), is_kfunc_arg_const_mem_size(): a size of the memory before it. */
export function isSizeOf(sig: KfuncSignature, arg: number, reg: Reg, suffix: '__sz' | '__szk'): boolean {
  if (!isScalarType(skipMods(sig.btf, sig.proto.params[arg].type)) || reg.type !== SCALAR_VALUE) return false;
  return hasSuffix(sig, arg, suffix);
}

/** __is_kfunc_ptr_arg_type(): a pointer to this kernel structure. */
export function pointsTo(sig: KfuncSignature, arg: number, name: string): boolean {
  const t = skipMods(sig.btf, sig.proto.params[arg].type);
  if (t.kind !== 'ptr') return false;
  const pointee = skipMods(sig.btf, t.type);
  return pointee.kind === 'struct' && pointee.name === name;
}

/** is_kfunc_arg_callback() */
export function isCallback(sig: KfuncSignature, arg: number): boolean {
  const t = skipMods(sig.btf, sig.proto.params[arg].type);
  return t.kind === 'ptr' && skipMods(sig.btf, t.type).kind === 'func_proto';
}

const MAX_NESTING = 3;

/** __btf_type_is_scalar_struct(): a structure of scalars, nested four levels at most. */
export function isScalarStruct(env: VerifierEnv, btf: Btf, t: BtfType, level = 0): boolean {
  if (t.kind !== 'struct' && t.kind !== 'union') return false;
  for (const m of t.members) {
    const member = skipMods(btf, m.type);
    if (isStructType(member)) {
      if (level >= MAX_NESTING) {
        verbose(env, 'max struct nesting depth exceeded\n');
        return false;
      }
      if (!isScalarStruct(env, btf, member, level + 1)) return false;
    } else if (member.kind === 'array') {
      if (member.nelems === 0 || !isScalarType(skipMods(btf, member.type))) return false;
    } else if (!isScalarType(member)) {
      return false;
    }
  }
  return true;
}

const KIND_TEXT: Readonly<Record<string, string>> = { void: 'UNKNOWN', struct: 'STRUCT' };

/** btf_type_str(): the kind in capitals. */
export const kindText = (t: BtfType): string => KIND_TEXT[t.kind] ?? t.kind.toUpperCase();
