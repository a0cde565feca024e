import { type VmlinuxSource, vmlinuxOf } from '../btf/vmlinux.ts';
import { SimClock } from '../sim/clock.ts';
import { Host } from '../sim/host.ts';
import { EBADF, EINVAL } from '../uapi/errno.ts';
import { Runtime, type RuntimeOptions } from '../vm/runtime.ts';
import { FdTable } from './fd-table.ts';
import { IdTable } from './id-table.ts';
import type { LinkObject } from './link-object.ts';
import type { BtfObject, MapObject, ProgObject } from './objects.ts';

export interface KernelOptions {
  readonly vmlinux: VmlinuxSource;
  readonly runtime: RuntimeOptions;
  /** Monotonic nanoseconds, for the duration that a test run reports. */
  readonly timer: () => number;
}

export type AnyObject = MapObject | ProgObject | BtfObject | LinkObject;

/** What a descriptor stands for and what may be done through it. */
export interface Handle {
  readonly object: AnyObject;
  readonly read: boolean;
  readonly write: boolean;
}

/** The simulated kernel's tables: descriptors, ids and pins onto reference-counted objects. */
export class KernelState {
  readonly rt: Runtime;
  readonly fds = new FdTable<Handle>();
  readonly maps = new IdTable<MapObject>();
  readonly progs = new IdTable<ProgObject>();
  readonly btfs = new IdTable<BtfObject>();
  readonly links = new IdTable<LinkObject>();
  /** Simulated time, which the host moves on. */
  readonly clock = new SimClock();
  readonly host: Host;
  /** Files of the BPF file system by absolute path. */
  readonly pins = new Map<string, AnyObject>();

  constructor(readonly options: KernelOptions) {
    this.rt = new Runtime({
      ...options.runtime,
      clock: this.clock,
      vmlinux: () => vmlinuxOf(options.vmlinux),
    });
    this.host = new Host(this.rt, this.clock);
  }

  /** A descriptor of an object, which keeps it alive. */
  open(object: AnyObject, access: { readonly read: boolean; readonly write: boolean } = RW): number {
    object.hold(true);
    return this.fds.add({ object, ...access });
  }
  close(fd: number): void {
    this.fds.close(fd)?.object.drop(true);
  }

  /** Calls `body` with a key in linear memory; null without memory for it. */
  withKey<T>(key: Uint8Array, body: (at: number) => T): T | null {
    const { memory } = this.rt;
    const at = memory.alloc(Math.max(8, key.length));
    if (at === null) return null;
    memory.bytes.set(key, at);
    try {
      return body(at);
    } finally {
      memory.release(at, Math.max(8, key.length));
    }
  }

  /** Why a descriptor is not of the kind that was wanted: 0 to 2 are the process's terminal. */
  wrongFd(fd: number): number {
    return this.fds.get(fd) !== null || (fd >= 0 && fd <= 2) ? EINVAL : EBADF;
  }
  mapAt(fd: number): MapObject | null {
    const object = this.fds.get(fd)?.object;
    return object?.kind === 'map' ? object : null;
  }
  progAt(fd: number): ProgObject | null {
    const object = this.fds.get(fd)?.object;
    return object?.kind === 'prog' ? object : null;
  }
  linkAt(fd: number): LinkObject | null {
    const object = this.fds.get(fd)?.object;
    return object?.kind === 'link' ? object : null;
  }
  btfAt(fd: number): BtfObject | null {
    const object = this.fds.get(fd)?.object;
    return object?.kind === 'btf' ? object : null;
  }
}

const RW = { read: true, write: true } as const;
