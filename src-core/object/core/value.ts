import type { Btf } from '../../btf/btf.ts';
import { BTF_INT_SIGNED } from '../../btf/kinds.ts';
import type { BtfComposite } from '../../btf/types.ts';
import { CoreError, isEnumvalBased, isFieldBased } from './kinds.ts';
import type { CoreSpec } from './spec.ts';

const u64 = (v: bigint | number): bigint => BigInt.asUintN(64, BigInt(v));

/** What one spec says: the value, and for field offsets the size and type of what is accessed there. */
interface Value {
  readonly value: bigint;
  readonly size: number;
  readonly typeId: number;
  /** The instruction must carry the local value before it is patched. */
  readonly validate: boolean;
}

/** `struct bpf_core_relo_res`. */
export interface CoreResult {
  readonly orig: bigint;
  readonly next: bigint;
  /** Not found in the target: the instruction is made invalid. */
  readonly poison: boolean;
  readonly validate: boolean;
  readonly origSize: number;
  readonly nextSize: number;
  /** Sizes differ in a way that a load or store cannot follow. */
  readonly failMemSize: boolean;
}

const POISON: CoreResult = {
  orig: 0n,
  next: 0n,
  poison: true,
  validate: true,
  origSize: 0,
  nextSize: 0,
  failMemSize: false,
};

/** bpf_core_calc_relo(): `target` null means that no candidate matched. */
export function calcRelo(local: CoreSpec, target: CoreSpec | null): CoreResult {
  const orig = calcValue(local, local);
  const next = calcValue(local, target);
  if (orig === null || next === null) return POISON;
  const differ = isFieldBased(local.kind) && orig.size !== next.size;
  return {
    orig: orig.value,
    next: next.value,
    poison: false,
    validate: orig.validate,
    origSize: orig.size,
    nextSize: next.size,
    failMemSize: differ && target !== null && !canResize(local.btf, orig.typeId, target.btf, next.typeId),
  };
}

/** Pointers, and unsigned integers, are zero-extended by a load of another size. */
function canResize(lBtf: Btf, lId: number, tBtf: Btf, tId: number): boolean {
  const l = lBtf.typeById(lId);
  const t = tBtf.typeById(tId);
  if (l.kind === 'ptr' && t.kind === 'ptr') return true;
  return (
    l.kind === 'int' && t.kind === 'int' && l.encoding !== BTF_INT_SIGNED && t.encoding !== BTF_INT_SIGNED
  );
}

/** null asks for the instruction to be poisoned. */
function calcValue(local: CoreSpec, spec: CoreSpec | null): Value | null {
  if (isFieldBased(local.kind)) return calcField(local, spec);
  if (isEnumvalBased(local.kind)) return calcEnumval(local, spec);
  return calcType(local, spec);
}

const plain = (value: bigint | number, validate = true): Value => ({
  value: u64(value),
  size: 0,
  typeId: 0,
  validate,
});

function calcType(local: CoreSpec, spec: CoreSpec | null): Value {
  if (spec === null) return plain(0);
  switch (local.kind) {
    case 'target_type_id':
      return plain(spec.rootTypeId, false);
    case 'type_size':
      return plain(spec.btf.resolveSize(spec.rootTypeId));
    default:
      return plain(1);
  }
}

function calcEnumval(local: CoreSpec, spec: CoreSpec | null): Value | null {
  if (local.kind === 'enumval_exists') return plain(spec === null ? 0 : 1);
  if (spec === null) return null;
  const { typeId, idx } = spec.accessors[0];
  const t = spec.btf.typeById(typeId);
  if (t.kind === 'enum') return plain(t.values[idx].raw);
  if (t.kind === 'enum64') return plain((BigInt(t.values[idx].hi) << 32n) | BigInt(t.values[idx].lo));
  throw new CoreError(`type [${typeId}] is no enum`);
}

function calcField(local: CoreSpec, spec: CoreSpec | null): Value | null {
  if (local.kind === 'field_exists') return plain(spec === null ? 0 : 1);
  if (spec === null) return null;
  const last = spec.accessors[spec.accessors.length - 1];
  if (last.name === null) return calcElement(spec, last.typeId);
  const t = spec.btf.typeById(last.typeId);
  if (!('members' in t)) throw new CoreError(`type [${last.typeId}] has no members`);
  return calcMember(spec, t, last.idx);
}

/** An array element: only its offset and its size can be asked. */
function calcElement(spec: CoreSpec, typeId: number): Value {
  if (spec.kind === 'byte_off') {
    return {
      value: BigInt(spec.bitOffset >>> 3),
      size: elementSize(spec.btf, typeId),
      typeId,
      validate: true,
    };
  }
  if (spec.kind === 'byte_sz') return plain(spec.btf.resolveSize(typeId));
  throw new CoreError(`relocation ${spec.kind} can't be applied to array access`);
}

/** Of an array, the element's: that is what a load reads. */
function elementSize(btf: Btf, id: number): number {
  let at = btf.skipModsAndTypedefs(id);
  for (let depth = 0; depth < 32; depth++) {
    const t = btf.typeById(at);
    if (t.kind !== 'array') return btf.resolveSize(at);
    at = btf.skipModsAndTypedefs(t.type);
  }
  throw new CoreError('arrays are nested too deeply');
}

function calcMember(spec: CoreSpec, t: BtfComposite, idx: number): Value {
  const { btf, bitOffset } = spec;
  const member = t.members[idx];
  const typeId = btf.skipModsAndTypedefs(member.type);
  const type = btf.typeById(typeId);
  const bitfield = member.bitfieldSize > 0;
  const { offset, size } = bitfield
    ? bitfieldUnit(bitOffset, member.bitfieldSize, 'size' in type ? type.size : 0)
    : { offset: bitOffset >>> 3, size: btf.resolveSize(typeId) };
  const bits = bitfield ? member.bitfieldSize : size * 8;
  switch (spec.kind) {
    case 'byte_off':
      return bitfield
        ? plain(offset, false)
        : { value: BigInt(offset), size: elementSize(btf, typeId), typeId, validate: true };
    case 'byte_sz':
      return plain(size, !bitfield);
    case 'signed':
      return plain(isSigned(btf, typeId) ? 1 : 0);
    case 'lshift_u64':
      return plain(64 - (bitOffset + bits - offset * 8), !bitfield);
    case 'rshift_u64':
      return plain(64 - bits);
    default:
      throw new CoreError(`relocation ${spec.kind} is no field relocation`);
  }
}

/** The smallest aligned integer that covers a bitfield. */
function bitfieldUnit(bitOffset: number, bits: number, typeSize: number): { offset: number; size: number } {
  let size = typeSize;
  if (size === 0) throw new CoreError('a bitfield of a type without size');
  const start = () => Math.floor((bitOffset >>> 3) / size) * size;
  while (bitOffset + bits - start() * 8 > size * 8) {
    if (size >= 8) throw new CoreError("relocation can't be satisfied for bitfield");
    size *= 2;
  }
  return { offset: start(), size };
}

function isSigned(btf: Btf, id: number): boolean {
  const t = btf.typeById(id);
  if (t.kind === 'enum' || t.kind === 'enum64') return t.kindFlag;
  return t.kind === 'int' && (t.encoding & BTF_INT_SIGNED) !== 0;
}
