import { QueueMap } from '../vm/maps/queue-map.ts';
import type { Runtime } from '../vm/runtime.ts';
import type { MapObject } from './objects.ts';

const EPERM = 1;
const ENOENT = 2;
const EBADF = 9;
const EINVAL = 22;

/** One element as a person sees it: raw bytes of key and value. */
export interface MapEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** BPF_MAP_* commands on elements: keys and values are bytes of the sizes that the map was made with. */
export class MapCommands {
  constructor(
    private readonly rt: Runtime,
    private readonly mapOf: (fd: number) => MapObject | null,
  ) {}

  /** Calls `body` with the key in linear memory. */
  private withKey<T>(key: Uint8Array, body: (at: number) => T): T | null {
    const at = this.rt.memory.alloc(Math.max(8, key.length));
    if (at === null) return null;
    this.rt.memory.bytes.set(key, at);
    try {
      return body(at);
    } finally {
      this.rt.memory.release(at, Math.max(8, key.length));
    }
  }

  /** BPF_MAP_LOOKUP_ELEM: the value, or null when there is none. */
  lookup(fd: number, key: Uint8Array): Uint8Array | null {
    const map = this.mapOf(fd);
    return map === null ? null : this.withKey(key, (at) => map.vm.read(at));
  }

  private refuse(map: MapObject | null, key: Uint8Array): number {
    if (map === null) return -EBADF;
    if (map.frozen) return -EPERM;
    return key.length === map.attr.keySize ? 0 : -EINVAL;
  }

  /** BPF_MAP_UPDATE_ELEM: 0 or a negative errno. */
  update(fd: number, key: Uint8Array, value: Uint8Array, flags = 0): number {
    const map = this.mapOf(fd);
    const refused = this.refuse(map, key);
    if (map === null || refused !== 0) return refused;
    if (value.length !== map.vm.userValueSize) return -EINVAL;
    return this.withKey(key, (at) => map.vm.write(at, value, flags)) ?? -EINVAL;
  }

  /** BPF_MAP_DELETE_ELEM. */
  delete(fd: number, key: Uint8Array): number {
    const map = this.mapOf(fd);
    const refused = this.refuse(map, key);
    if (map === null || refused !== 0) return refused;
    return this.withKey(key, (at) => map.vm.delete(at)) ?? -ENOENT;
  }

  /** BPF_MAP_FREEZE. */
  freeze(fd: number): number {
    const map = this.mapOf(fd);
    if (map === null) return -EBADF;
    map.frozen = true;
    return 0;
  }

  /** Elements in iteration order, `limit` at most. */
  entries(fd: number, limit: number): MapEntry[] {
    const map = this.mapOf(fd);
    if (map === null) return [];
    if (map.vm instanceof QueueMap) {
      return map.vm
        .values()
        .slice(0, limit)
        .map((value) => ({ key: new Uint8Array(0), value }));
    }
    if (map.vm.records !== undefined) {
      const records = map.vm.records().slice(0, limit);
      return records.map(({ bytes }) => ({ key: new Uint8Array(0), value: bytes }));
    }
    const keys = map.vm.keys().slice(0, limit);
    return keys.flatMap((key) => {
      const value = this.lookup(fd, key);
      return value === null ? [] : [{ key, value }];
    });
  }
}
