import type { Btf } from '../../btf/btf.ts';
import type { BtfComposite, BtfEnum, BtfEnum64, BtfFwd, BtfType } from '../../btf/types.ts';
import { CoreError, essentialName } from './kinds.ts';

/** Longest chain of pointers and arrays that is followed, and deepest nesting of prototypes. */
const MAX_DEPTH = 32;

function isEnum(t: BtfType): t is BtfEnum | BtfEnum64 {
  return t.kind === 'enum' || t.kind === 'enum64';
}

/** btf_kind_core_compat(). */
export function sameKind(a: BtfType, b: BtfType): boolean {
  return a.kind === b.kind || (isEnum(a) && isEnum(b));
}

const real = (btf: Btf, id: number): BtfType => btf.typeById(btf.skipModsAndTypedefs(id));

/** Two types, one of the object (`l`) and one of the target (`t`). */
interface Pair {
  readonly l: Btf;
  readonly t: Btf;
}

/** bpf_core_types_are_compat(): the rule of the type_* relocations and of typed externs. */
export function typesAreCompat(l: Btf, lId: number, t: Btf, tId: number, level = MAX_DEPTH): boolean {
  if (!sameKind(l.typeById(lId), t.typeById(tId))) return false;
  let [a, b] = [lId, tId];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const lt = real(l, a);
    const tt = real(t, b);
    if (!sameKind(lt, tt)) return false;
    if (lt.kind === 'int' && tt.kind === 'int') return lt.bitOffset === 0 && tt.bitOffset === 0;
    if (lt.kind === 'func_proto' && tt.kind === 'func_proto') {
      if (lt.params.length !== tt.params.length) return false;
      if (level <= 0) throw new CoreError('types are nested too deeply');
      const ok = lt.params.every((p, i) =>
        typesAreCompat(
          l,
          l.skipModsAndTypedefs(p.type),
          t,
          t.skipModsAndTypedefs(tt.params[i].type),
          level - 1,
        ),
      );
      if (!ok) return false;
    }
    const followed = lt.kind === 'ptr' || lt.kind === 'array' || lt.kind === 'func_proto';
    if (!followed || !('type' in tt)) return isLeaf(lt);
    [a, b] = [lt.type, tt.type];
  }
  throw new CoreError('types are nested too deeply');
}

function isLeaf(t: BtfType): boolean {
  return ['void', 'struct', 'union', 'enum', 'enum64', 'fwd'].includes(t.kind);
}

/** bpf_core_fields_are_compat(): the rule of the field relocations. */
export function fieldsAreCompat({ l, t }: Pair, lId: number, tId: number): boolean {
  let [a, b] = [lId, tId];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const lt = real(l, a);
    const tt = real(t, b);
    if ('members' in lt && 'members' in tt) return true;
    if (!sameKind(lt, tt)) return false;
    if (lt.kind === 'ptr' || lt.kind === 'float') return true;
    if (lt.kind === 'fwd' || isEnum(lt)) return anonymousOrSameName(lt.name, tt.name);
    if (lt.kind === 'int' && tt.kind === 'int') return lt.bitOffset === 0 && tt.bitOffset === 0;
    if (lt.kind !== 'array' || tt.kind !== 'array') return false;
    [a, b] = [lt.type, tt.type];
  }
  throw new CoreError('types are nested too deeply');
}

function anonymousOrSameName(a: string, b: string): boolean {
  return a === '' || b === '' || essentialName(a) === essentialName(b);
}

function namesMatch(a: string, b: string): boolean {
  return b === '' ? a === '' : essentialName(a) === essentialName(b);
}

/** bpf_core_types_match(): the stricter rule of type_matches. */
export function typesMatch(
  { l, t }: Pair,
  lId: number,
  tId: number,
  behindPtr = false,
  level = MAX_DEPTH,
): boolean {
  if (level <= 0) throw new CoreError('types are nested too deeply');
  let [a, b] = [lId, tId];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const lt = real(l, a);
    const tt = real(t, b);
    if (!namesMatch(lt.name, tt.name)) return false;
    switch (lt.kind) {
      case 'void':
        return tt.kind === 'void';
      case 'fwd':
        return fwdMatches(lt, tt, behindPtr);
      case 'enum':
      case 'enum64':
        return isEnum(tt) && enumsMatch(lt, tt);
      case 'struct':
      case 'union':
        return behindPtr
          ? compositeBehindPtr(lt, tt)
          : lt.kind === tt.kind && compositesMatch({ l, t }, lt, tt, level);
      case 'int':
        return tt.kind === 'int' && lt.size === tt.size && ((lt.encoding ^ tt.encoding) & 1) === 0;
      case 'ptr':
        if (tt.kind !== 'ptr') return false;
        behindPtr = true;
        [a, b] = [lt.type, tt.type];
        break;
      case 'array':
        if (tt.kind !== 'array' || lt.nelems !== tt.nelems) return false;
        [a, b] = [lt.type, tt.type];
        break;
      case 'func_proto': {
        if (tt.kind !== 'func_proto' || lt.params.length !== tt.params.length) return false;
        const inPtr = behindPtr;
        const ok = lt.params.every((p, i) =>
          typesMatch({ l, t }, p.type, tt.params[i].type, inPtr, level - 1),
        );
        if (!ok) return false;
        [a, b] = [lt.type, tt.type];
        break;
      }
      default:
        return false;
    }
  }
  throw new CoreError('types are nested too deeply');
}

function fwdMatches(lt: BtfFwd, tt: BtfType, behindPtr: boolean): boolean {
  if (tt.kind === 'fwd') return lt.kindFlag === tt.kindFlag;
  return behindPtr && tt.kind === (lt.kindFlag ? 'union' : 'struct');
}

function compositeBehindPtr(lt: BtfComposite, tt: BtfType): boolean {
  if (lt.kind === tt.kind) return true;
  return tt.kind === 'fwd' && (lt.kind === 'union') === tt.kindFlag;
}

function enumsMatch(lt: BtfEnum | BtfEnum64, tt: BtfEnum | BtfEnum64): boolean {
  if (lt.size !== tt.size || lt.values.length > tt.values.length) return false;
  return lt.values.every((v) => tt.values.some((w) => namesMatch(v.name, w.name)));
}

function compositesMatch(pair: Pair, lt: BtfComposite, tt: BtfType, level: number): boolean {
  if (!('members' in tt) || lt.members.length > tt.members.length) return false;
  return lt.members.every((m) =>
    tt.members.some((n) => namesMatch(m.name, n.name) && typesMatch(pair, m.type, n.type, false, level - 1)),
  );
}
