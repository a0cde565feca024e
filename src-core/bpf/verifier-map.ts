import type { VerifierMap } from '../verifier/api.ts';
import type { MapObject, MapTemplate } from './objects.ts';

const BPF_F_RDONLY_PROG = 1 << 7;

/** What a map and the template of one have in common. */
function viewOf(fd: number, { id, attr, btf }: MapTemplate): Omit<VerifierMap, 'inner' | 'frozen'> {
  return {
    fd,
    id,
    name: attr.name,
    type: attr.type,
    keySize: attr.keySize,
    valueSize: attr.valueSize,
    maxEntries: attr.maxEntries,
    flags: attr.flags,
    mapExtra: attr.mapExtra,
    mapExtraHi: attr.mapExtraHi ?? 0,
    btf,
    btfKeyTypeId: attr.btfKeyTypeId,
    btfValueTypeId: attr.btfValueTypeId,
    directRead: () => null,
  };
}

/** The verifier's view of a map. */
export function verifierMap(fd: number, map: MapObject): VerifierMap {
  const { attr, inner } = map;
  return {
    ...viewOf(fd, map),
    frozen: map.frozen,
    inner: inner === null ? null : { ...viewOf(fd, inner), frozen: false, inner: null },
    directRead: (offset, size) => {
      const readOnly = map.frozen && (attr.flags & BPF_F_RDONLY_PROG) !== 0;
      if (!readOnly || offset + size > attr.valueSize) return null;
      return map.firstValue(offset, size);
    },
  };
}
