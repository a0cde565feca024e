import type { VerifierMap } from '../verifier/api.ts';
import { ArrayMap } from '../vm/maps/array-map.ts';
import type { MapObject } from './objects.ts';

const BPF_F_RDONLY_PROG = 1 << 7;

/** The verifier's view of a map. */
export function verifierMap(fd: number, map: MapObject): VerifierMap {
  const { attr } = map;
  return {
    fd,
    id: map.id,
    name: attr.name,
    type: attr.type,
    keySize: attr.keySize,
    valueSize: attr.valueSize,
    maxEntries: attr.maxEntries,
    flags: attr.flags,
    frozen: map.frozen,
    mapExtra: attr.mapExtra,
    btf: attr.btf,
    btfKeyTypeId: attr.btfKeyTypeId,
    btfValueTypeId: attr.btfValueTypeId,
    inner: map.inner === null ? null : verifierMap(fd, map.inner),
    directRead: (offset, size) => {
      const readOnly = map.frozen && (attr.flags & BPF_F_RDONLY_PROG) !== 0;
      if (!readOnly || offset + size > attr.valueSize) return null;
      return map.vm instanceof ArrayMap ? map.vm.firstValue().subarray(offset, offset + size) : null;
    },
  };
}
