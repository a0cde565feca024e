import { MAP_TYPE_NAMES } from '../platform/map-types.ts';
import { toHex } from '../sim/hex.ts';
import type { ObjectSession } from './session.ts';

/** A map of an object with all it holds, for a person or a file: hexadecimal, keys ascending as bytes. */
export interface MapContents {
  readonly name: string;
  /** libbpf's name of the type. */
  readonly type: string;
  readonly entries: readonly (readonly [key: string, value: string])[];
}

const LIMIT = 1 << 20;
const isZero = (value: Uint8Array): boolean => value.every((byte) => byte === 0);

/** All maps of an object; elements of arrays that are all zero are left out. */
export function mapContents({ kernel, spec, maps }: ObjectSession): MapContents[] {
  return spec.maps.map((map, i) => {
    const fd = maps.ok ? maps.fds[i] : null;
    const type = MAP_TYPE_NAMES[map.type] ?? String(map.type);
    const all = fd === null ? [] : kernel.maps.entries(fd, LIMIT);
    const kept = type.endsWith('array') ? all.filter(({ value }) => !isZero(value)) : all;
    const entries = kept.map(({ key, value }) => [toHex(key), toHex(value)] as const);
    // What waits in queues and buffers has no keys and stays in its order.
    const keyed = kept.some(({ key }) => key.length > 0);
    return { name: map.name, type, entries: keyed ? entries.sort(([a], [b]) => (a < b ? -1 : 1)) : entries };
  });
}
