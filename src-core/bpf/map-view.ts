import { ENOENT } from '../uapi/errno.ts';
import { QueueMap } from '../vm/maps/queue-map.ts';
import { deleteElem, freeze, lookupElem, updateElem } from './commands/elements.ts';
import type { KernelState } from './state.ts';

/** One element as a person sees it: raw bytes of key and value. */
export interface MapEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const errnoOf = (result: { readonly ok: boolean; readonly errno?: number }): number =>
  result.ok ? 0 : -(result.errno ?? ENOENT);

/** Elements of maps for those who look at them and change them by hand: keys and values are bytes. */
export class MapView {
  constructor(private readonly state: KernelState) {}

  /** The value, or null when there is none. */
  lookup(fd: number, key: Uint8Array): Uint8Array | null {
    const found = lookupElem(this.state, { mapFd: fd, key: key.length === 0 ? null : key });
    return found.ok ? found.value : null;
  }
  /** 0 or a negative errno. */
  update(fd: number, key: Uint8Array, value: Uint8Array, flags = 0): number {
    return errnoOf(updateElem(this.state, { mapFd: fd, key: key.length === 0 ? null : key, value, flags }));
  }
  delete(fd: number, key: Uint8Array): number {
    return errnoOf(deleteElem(this.state, { mapFd: fd, key: key.length === 0 ? null : key }));
  }
  freeze(fd: number): number {
    return errnoOf(freeze(this.state, fd));
  }

  /** Elements in iteration order, `limit` at most; what waits in queues and buffers has no keys. */
  entries(fd: number, limit: number): MapEntry[] {
    const map = this.state.mapAt(fd);
    if (map === null) return [];
    const keyless = (value: Uint8Array): MapEntry => ({ key: new Uint8Array(0), value });
    if (map.vm instanceof QueueMap) return map.vm.values().slice(0, limit).map(keyless);
    const records = map.vm.records?.();
    if (records !== undefined) return records.slice(0, limit).map(({ bytes }) => keyless(bytes));
    const out: MapEntry[] = [];
    for (const key of map.vm.keys()) {
      if (out.length >= limit) break;
      const value = this.lookup(fd, key);
      if (value !== null) out.push({ key, value });
    }
    return out;
  }
}
