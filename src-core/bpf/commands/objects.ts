import { toHex } from '../../sim/hex.ts';
import { MAP_FLAG } from '../../uapi/bpf.ts';
import { EEXIST, EINVAL, ENOENT, EPERM } from '../../uapi/errno.ts';
import type { Commands, ObjectInfo, Result } from '../api.ts';
import type { IdTable } from '../id-table.ts';
import type { MapObject, ProgObject } from '../objects.ts';
import type { AnyObject, Handle, KernelState } from '../state.ts';

const refuse = (errno: number): { readonly ok: false; readonly errno: number } => ({ ok: false, errno });
type Fd = Result<{ readonly fd: number }>;
type Nothing = Result<Readonly<Record<never, never>>>;

/** Where the BPF file system is mounted. */
const BPFFS = '/sys/fs/bpf/';

/** BPF_OBJ_PIN: a name in the BPF file system keeps the object alive. */
export function pin(state: KernelState, attr: Commands['OBJ_PIN']['attr']): Nothing {
  if (((attr.fileFlags ?? 0) & ~MAP_FLAG.PATH_FD) !== 0) return refuse(EINVAL);
  const handle = state.fds.get(attr.fd);
  if (handle === null || handle.object.kind === 'btf') return refuse(EINVAL);
  const place = placeOf(attr.path);
  if (place !== 0) return refuse(place);
  if (state.pins.has(attr.path)) return refuse(EEXIST);
  handle.object.hold(true);
  state.pins.set(attr.path, handle.object);
  return { ok: true };
}

/** Why a path is none of the BPF file system's: there are no folders in it yet. */
function placeOf(path: string): number {
  if (!path.startsWith(BPFFS)) return EPERM;
  const name = path.slice(BPFFS.length);
  if (name.includes('/')) return ENOENT;
  // bpf_lookup(): names with dots are kept for later use.
  return name.includes('.') ? EPERM : 0;
}

/** BPF_OBJ_GET. */
export function get(state: KernelState, attr: { readonly path: string; readonly fileFlags?: number }): Fd {
  const flags = attr.fileFlags ?? 0;
  if ((flags & ~(MAP_FLAG.RDONLY | MAP_FLAG.WRONLY | MAP_FLAG.PATH_FD)) !== 0) return refuse(EINVAL);
  const access = accessOf(flags);
  if (access === null) return refuse(EINVAL);
  const object = state.pins.get(attr.path);
  if (object === undefined) return refuse(ENOENT);
  if (object.kind !== 'map') return { ok: true, fd: state.open(object) };
  return { ok: true, fd: state.open(object, access) };
}

/** bpf_get_file_flag(): what a descriptor may do; null when both flags are set. */
function accessOf(flags: number): Pick<Handle, 'read' | 'write'> | null {
  const [rdonly, wronly] = [(flags & MAP_FLAG.RDONLY) !== 0, (flags & MAP_FLAG.WRONLY) !== 0];
  return rdonly && wronly ? null : { read: !wronly, write: !rdonly };
}

/** unlink() of a pin. */
export function unpin(state: KernelState, path: string): boolean {
  const object = state.pins.get(path);
  if (object === undefined) return false;
  state.pins.delete(path);
  object.drop(true);
  return true;
}

/** BPF_*_GET_NEXT_ID. */
export function nextId(table: IdTable<AnyObject>, startId: number): Result<{ readonly nextId: number }> {
  if (startId >= 0x7fffffff) return refuse(EINVAL);
  const next = table.after(startId);
  return next === null ? refuse(ENOENT) : { ok: true, nextId: next };
}

/** BPF_*_GET_FD_BY_ID. */
export function fdById(state: KernelState, table: IdTable<AnyObject>, id: number, openFlags = 0): Fd {
  if ((openFlags & ~(MAP_FLAG.RDONLY | MAP_FLAG.WRONLY)) !== 0) return refuse(EINVAL);
  const access = accessOf(openFlags);
  if (access === null) return refuse(EINVAL);
  const object = table.get(id);
  return object === null ? refuse(ENOENT) : { ok: true, fd: state.open(object, access) };
}

const GPL_LICENSES: ReadonlySet<string> = new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

function progInfo(prog: ProgObject): ObjectInfo {
  return {
    kind: 'prog',
    type: prog.attr.type,
    id: prog.id,
    tag: toHex(prog.tag),
    name: prog.attr.name,
    gplCompatible: GPL_LICENSES.has(prog.attr.license),
    mapIds: prog.maps.map((map) => map.id),
    btfId: prog.btf?.id ?? 0,
    xlatedLen: prog.xlated.insns.length * 8,
    jitedLen: 0,
    verifiedInsns: prog.verifiedInsns,
    loadTime: prog.loadTime,
    createdByUid: 0,
    runCount: prog.runCount,
    runTimeNs: prog.runTimeNs,
    attachBtfId: prog.attr.attachBtfId,
  };
}

function mapInfo(map: MapObject): ObjectInfo {
  const { attr } = map;
  return {
    kind: 'map',
    type: attr.type,
    id: map.id,
    keySize: attr.keySize,
    valueSize: attr.valueSize,
    maxEntries: attr.maxEntries,
    flags: attr.flags >>> 0,
    name: attr.name,
    btfId: map.btfId,
    btfKeyTypeId: attr.btfKeyTypeId,
    btfValueTypeId: attr.btfValueTypeId,
    mapExtra: (attr.mapExtraHi >>> 0) * 2 ** 32 + (attr.mapExtra >>> 0),
  };
}

/** BPF_OBJ_GET_INFO_BY_FD. */
export function infoByFd(state: KernelState, fd: number): Result<{ readonly info: ObjectInfo }> {
  const object = state.fds.get(fd)?.object;
  switch (object?.kind) {
    case undefined:
      return refuse(state.wrongFd(fd));
    case 'prog':
      return { ok: true, info: progInfo(object) };
    case 'map':
      return { ok: true, info: mapInfo(object) };
    case 'link':
      return {
        ok: true,
        info: { kind: 'link', type: object.type, id: object.id, progId: object.prog.id },
      };
    case 'btf':
      return {
        ok: true,
        info: { kind: 'btf', id: object.id, size: object.btf.raw.length, name: '', kernelBtf: false },
      };
  }
}
