import type { BtfBuilder } from '../btf/builder.ts';
import { BTF_FUNC_GLOBAL, BTF_FUNC_STATIC, BTF_INT_SIGNED, BTF_VAR_GLOBAL_ALLOCATED } from '../btf/kinds.ts';
import type { AsmFunction } from './functions.ts';
import { SCALARS } from './map-kinds.ts';
import type { MapDecl } from './source.ts';

/** Bytes of a map variable in .maps: one pointer for each attribute that it has. */
export interface MapVariable {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** Writes the BTF of an assembled object: `.maps` variables as libbpf reads them, and functions. */
export class AsmBtf {
  private readonly ints = new Map<string, number>();
  private readonly uints = new Map<number, number>();

  constructor(readonly builder: BtfBuilder) {}

  private int(scalar: string): number {
    const known = this.ints.get(scalar);
    if (known !== undefined) return known;
    const { size, signed, c } = SCALARS[scalar];
    const id = this.builder.int(c, size, signed ? BTF_INT_SIGNED : 0);
    this.ints.set(scalar, id);
    return id;
  }

  /** `__uint(name, value)`: a pointer to an array of that many elements. */
  private uint(value: number): number {
    const known = this.uints.get(value);
    if (known !== undefined) return known;
    const int = this.int('s32');
    const id = this.builder.ref('ptr', this.builder.array(int, int, value));
    this.uints.set(value, id);
    return id;
  }

  /** The struct of a map's definition. */
  private mapStruct(map: MapDecl, inner: number | null): { id: number; size: number } {
    const members: { name: string; type: number; bitOffset: number }[] = [];
    const add = (name: string, type: number) => members.push({ name, type, bitOffset: 64 * members.length });
    add('type', this.uint(map.type));
    for (const side of ['key', 'value'] as const) {
      const given = map[side];
      if (given === null) continue;
      if (given.scalar === null) add(`${side}_size`, this.uint(given.size));
      else add(side, this.builder.ref('ptr', this.int(given.scalar)));
    }
    const numbers = [
      ['max_entries', map.maxEntries],
      ['map_flags', map.flags],
      ['numa_node', map.numaNode],
      ['map_extra', map.mapExtra],
      ['pinning', map.pinning],
    ] as const;
    for (const [name, value] of numbers) if (value !== 0) add(name, this.uint(value));
    const size = members.length * 8;
    if (inner !== null) add('values', this.builder.array(this.builder.ref('ptr', inner), this.int('s32'), 0));
    return { id: this.builder.composite('struct', '', size, members), size };
  }

  /** The `.maps` DATASEC; returns the variables in their order. */
  maps(maps: ReadonlyMap<string, MapDecl>): MapVariable[] {
    const structs = new Map<string, { id: number; size: number }>();
    // Inner maps first: the outer ones refer to their structs.
    const order = [...maps.values()].sort((a, b) => Number(a.inner !== null) - Number(b.inner !== null));
    for (const map of order) {
      const inner = map.inner === null ? null : (structs.get(map.inner.name)?.id ?? null);
      structs.set(map.name, this.mapStruct(map, inner));
    }
    const variables: MapVariable[] = [];
    let offset = 0;
    const secinfos = [...maps.keys()].map((name) => {
      const { id, size } = structs.get(name) ?? { id: 0, size: 0 };
      const type = this.builder.variable(name, id, BTF_VAR_GLOBAL_ALLOCATED);
      variables.push({ name, offset, size });
      offset += size;
      return { type, offset: offset - size, size };
    });
    this.builder.datasec('.maps', offset, secinfos);
    return variables;
  }

  /**
   * A FUNC for each function. Global subprograms take as many longs as they declare. A program's context is
   * a long too: for the verifier a pointer to void would be a type whose size it cannot find, and say so.
   */
  func(fn: AsmFunction): number {
    const names = fn.isSubprog ? Array.from({ length: fn.args }, (_, i) => `arg${i + 1}`) : ['ctx'];
    const params = names.map((name) => ({ name, type: this.int('s64') }));
    const proto = this.builder.funcProto(this.int('s32'), params);
    return this.builder.func(fn.name, proto, fn.global || !fn.isSubprog ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC);
  }
}
