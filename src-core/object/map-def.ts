import type { Btf } from '../btf/btf.ts';
import type { BtfComposite, BtfMember } from '../btf/types.ts';
import { InputError } from '../util/input-error.ts';
import { isMapInMap, MAP } from './map-types.ts';
import { type MapDef, refuse } from './model.ts';

export function emptyDef(): MapDef {
  return {
    type: 0,
    keySize: 0,
    valueSize: 0,
    maxEntries: 0,
    flags: 0,
    numaNode: 0,
    pinning: 0,
    mapExtra: 0n,
    keyTypeId: 0,
    valueTypeId: 0,
  };
}

/** A BTF-defined map and the template of its inner map, where it has one. */
export interface ParsedDef {
  readonly def: MapDef;
  readonly inner: MapDef | null;
}

/** Reads the struct of a `SEC(".maps")` variable (parse_btf_map_def()); refuses with libbpf's words. */
export function parseMapDef(btf: Btf, mapName: string, t: BtfComposite, isInner = false): ParsedDef {
  const def = emptyDef();
  let inner: MapDef | null = null;
  t.members.forEach((m, i) => {
    const field = new Field(btf, mapName, m);
    if (m.name === 'values') inner = parseValues(field, def, i === t.members.length - 1, isInner);
    else parseField(field, def, isInner);
  });
  if (def.type === 0) refuse(`map '${mapName}': map type isn't specified.`);
  if (def.type === MAP.RINGBUF || def.type === MAP.USER_RINGBUF) def.maxEntries = ringbufSize(def.maxEntries);
  return { def, inner };
}

/** One member of a map definition. */
class Field {
  constructor(
    readonly btf: Btf,
    readonly map: string,
    readonly member: BtfMember,
  ) {}

  fail(message: string): never {
    refuse(`map '${this.map}': ${message}`);
  }

  /** `__uint(name, value)`: a pointer to an array of `value` elements. */
  int(): number {
    const { btf, member } = this;
    const ptr = btf.typeById(btf.skipModsAndTypedefs(member.type));
    if (ptr.kind !== 'ptr') this.fail(`attr '${member.name}': expected PTR, got ${ptr.kind}.`);
    const array = btf.typeById(ptr.type);
    if (array.kind !== 'array') this.fail(`attr '${member.name}': expected ARRAY, got ${array.kind}.`);
    return array.nelems;
  }

  /** `__ulong(name, value)`: an enum of one value; `__uint` is taken too. */
  long(): bigint {
    const { btf, member } = this;
    const t = btf.typeById(btf.skipModsAndTypedefs(member.type));
    if (t.kind === 'ptr') return BigInt(this.int());
    if (t.kind !== 'enum' && t.kind !== 'enum64') {
      this.fail(`attr '${member.name}': expected ENUM or ENUM64, got ${t.kind}.`);
    }
    if (t.values.length !== 1) this.fail(`attr '${member.name}': invalid __ulong`);
    if (t.kind === 'enum') return BigInt.asUintN(64, BigInt(t.values[0].raw));
    return (BigInt(t.values[0].hi) << 32n) | BigInt(t.values[0].lo);
  }

  /** `__type(name, type)`: a pointer to the type. */
  type(): { id: number; size: number } {
    const { btf, member } = this;
    const ptr = btf.typeById(member.type);
    if (ptr.kind !== 'ptr') this.fail(`${member.name} spec is not PTR: ${ptr.kind}.`);
    try {
      return { id: ptr.type, size: btf.resolveSize(ptr.type) };
    } catch (e) {
      if (!(e instanceof InputError)) throw e;
      this.fail(`can't determine ${member.name} size for type [${ptr.type}]: ${e.message}`);
    }
  }
}

function parseField(field: Field, def: MapDef, isInner: boolean): void {
  switch (field.member.name) {
    case 'type':
      def.type = field.int();
      return;
    case 'max_entries':
      def.maxEntries = field.int();
      return;
    case 'map_flags':
      def.flags = field.int();
      return;
    case 'numa_node':
      def.numaNode = field.int();
      return;
    case 'key_size':
      def.keySize = sameSize(field, 'key', def.keySize, field.int());
      return;
    case 'value_size':
      def.valueSize = sameSize(field, 'value', def.valueSize, field.int());
      return;
    case 'key': {
      const { id, size } = field.type();
      def.keySize = sameSize(field, 'key', def.keySize, size);
      def.keyTypeId = id;
      return;
    }
    case 'value': {
      const { id, size } = field.type();
      def.valueSize = sameSize(field, 'value', def.valueSize, size);
      def.valueTypeId = id;
      return;
    }
    case 'pinning':
      def.pinning = parsePinning(field, isInner);
      return;
    case 'map_extra':
      def.mapExtra = field.long();
      return;
    default:
      field.fail(`unknown field '${field.member.name}'.`);
  }
}

function sameSize(field: Field, what: string, before: number, now: number): number {
  if (before !== 0 && before !== now) field.fail(`conflicting ${what} size ${before} != ${now}.`);
  return now;
}

function parsePinning(field: Field, isInner: boolean): number {
  if (isInner) field.fail("inner def can't be pinned.");
  const value = field.int();
  if (value > 1) field.fail(`invalid pinning value ${value}.`);
  return value;
}

/** `__array(values, ...)`: the inner map of a map-in-map, or the programs of a prog array. */
function parseValues(field: Field, def: MapDef, isLast: boolean, isInner: boolean): MapDef | null {
  const isProgArray = def.type === MAP.PROG_ARRAY;
  const desc = isProgArray ? 'prog-array value' : 'map-in-map inner';
  if (isInner) field.fail('multi-level inner maps not supported.');
  if (!isLast) field.fail("'values' member should be last.");
  if (!isProgArray && !isMapInMap(def.type)) field.fail('should be map-in-map or prog-array.');
  def.valueSize = sameSize(field, 'value', def.valueSize, 4);
  const { btf } = field;
  const array = btf.typeById(field.member.type);
  if (array.kind !== 'array' || array.nelems !== 0) field.fail(`${desc} spec is not a zero-sized array.`);
  const ptr = btf.typeById(btf.skipModsAndTypedefs(array.type));
  if (ptr.kind !== 'ptr') field.fail(`${desc} def is of unexpected kind ${ptr.kind}.`);
  const t = btf.typeById(btf.skipModsAndTypedefs(ptr.type));
  if (isProgArray && t.kind === 'func_proto') return null;
  if (isProgArray || t.kind !== 'struct') field.fail(`${desc} def is of unexpected kind ${t.kind}.`);
  return parseMapDef(btf, `${field.map}.inner`, t, true).def;
}

const PAGE_SIZE = 4096;

/** adjust_ringbuf_sz(): up to the next power of two of pages; 0 stays for the kernel to refuse. */
function ringbufSize(size: number): number {
  const pages = size / PAGE_SIZE;
  if (size === 0 || (Number.isInteger(pages) && Number.isInteger(Math.log2(pages)))) return size;
  for (let mul = 1; mul <= Math.floor(0xffff_ffff / PAGE_SIZE); mul *= 2) {
    if (mul * PAGE_SIZE > size) return mul * PAGE_SIZE;
  }
  return size;
}
