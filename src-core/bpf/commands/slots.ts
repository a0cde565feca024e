import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { toHex } from '../../sim/hex.ts';
import { BPF_F_XDP_HAS_FRAGS } from '../../uapi/bpf.ts';
import { EBADF, EINVAL } from '../../uapi/errno.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { u32Key } from '../../vm/maps/map.ts';
import { ReferenceMap } from '../../vm/maps/reference-map.ts';
import type { KernelObject, MapObject, MapTemplate, ProgObject, ProgramOwner } from '../objects.ts';
import type { KernelState } from '../state.ts';

/** An object that an element may hold, and the number that programs see of it; or a negative errno. */
type Target = { readonly object: KernelObject; readonly number: number } | number;

/** Program types that are compatible only with the same attach function. */
const BY_FUNCTION: ReadonlySet<number> = new Set([
  BPF_PROG_TYPE.tracing,
  BPF_PROG_TYPE.lsm,
  BPF_PROG_TYPE.ext,
  BPF_PROG_TYPE.struct_ops,
]);

const ownerOf = ({ attr }: Pick<ProgObject, 'attr'>): ProgramOwner => ({
  type: attr.type,
  expectedAttachType: attr.expectedAttachType,
  xdpHasFrags: (attr.flags & BPF_F_XDP_HAS_FRAGS) !== 0,
  attachBtfId: attr.attachBtfId,
});

/** bpf_prog_map_compatible(): the first program that comes to a map decides what others must be. */
export function programFits(map: MapObject, prog: Pick<ProgObject, 'attr'>): boolean {
  const mine = ownerOf(prog);
  map.owner ??= mine;
  const { owner } = map;
  if (owner.type !== mine.type || owner.xdpHasFrags !== mine.xdpHasFrags) return false;
  const array = map.attr.type === BPF_MAP_TYPE.prog_array;
  if (array && owner.expectedAttachType !== mine.expectedAttachType) return false;
  return owner.attachBtfId === mine.attachBtfId || !BY_FUNCTION.has(mine.type);
}

/** bpf_map_meta_equal() and array_map_meta_equal() */
function likeTemplate(template: MapTemplate, map: MapObject): boolean {
  const [a, b] = [template.attr, map.attr];
  const same =
    a.type === b.type && a.keySize === b.keySize && a.valueSize === b.valueSize && a.flags === b.flags;
  if (!same) return false;
  const sized = a.type === BPF_MAP_TYPE.array || a.type === BPF_MAP_TYPE.percpu_array;
  const anySize = (a.flags & INNER_MAP) !== 0 || !sized;
  return (anySize && a.type !== BPF_MAP_TYPE.xskmap) || a.maxEntries === b.maxEntries;
}
const INNER_MAP = 1 << 12;

/** map_fd_get_ptr() of the map's type. */
function targetOf(state: KernelState, map: MapObject, fd: number): Target {
  const missing = -state.wrongFd(fd);
  if (map.attr.type === BPF_MAP_TYPE.prog_array) {
    const prog = state.progAt(fd);
    if (prog === null) return missing;
    const refused = prog.attr.type === BPF_PROG_TYPE.ext || !programFits(map, prog);
    return refused ? -EINVAL : { object: prog, number: prog.id };
  }
  if (map.inner === null) return -EBADF;
  const inner = state.mapAt(fd);
  if (inner === null) return missing;
  return likeTemplate(map.inner, inner) ? { object: inner, number: inner.vm.address } : -EINVAL;
}

/** True for maps whose elements are objects that the user names by descriptor. */
export const holdsObjects = (map: MapObject): boolean => map.vm instanceof ReferenceMap;

/** bpf_fd_array_map_update_elem(), bpf_fd_htab_map_update_elem(). */
export function updateSlot(
  state: KernelState,
  map: MapObject,
  element: { readonly key: Uint8Array; readonly at: number; readonly fd: number; readonly flags: number },
): number {
  const { vm } = map;
  if (!(vm instanceof ReferenceMap)) return -EINVAL;
  const place = vm.refusesPlace(element.at, element.flags);
  if (place !== 0) return place;
  const target = targetOf(state, map, element.fd);
  if (typeof target === 'number') return target;
  const result = vm.write(element.at, u32Key(target.number), element.flags);
  if (result === 0) map.setSlot(toHex(element.key), target.object);
  return result;
}

/** The id of the object in an element (map_fd_sys_lookup_elem()), or a negative errno. */
export function readSlot(map: MapObject, key: Uint8Array, at: number): Uint8Array | number {
  const found = map.vm.read(at);
  if (typeof found === 'number') return found;
  const object = map.slots.get(toHex(key));
  return object === undefined ? found : u32Key(object.id);
}

export function removeSlot(map: MapObject, key: Uint8Array, at: number): number {
  const result = map.vm.remove(at);
  if (result === 0) map.setSlot(toHex(key), null);
  return result;
}
