import type { Btf } from '../btf/btf.ts';
import type { BtfRecord } from '../platform/btf-record.ts';
import { BPF_MAP_TYPE } from '../platform/map-types.ts';
import type { XlatedProgram } from '../verifier/api.ts';
import type { RunnableProgram } from '../vm/activation.ts';
import type { CreateAttr } from '../vm/maps/checks.ts';
import type { VmMap } from '../vm/maps/map.ts';
import type { ProgLoadAttr } from './api.ts';

/**
 * An object of the simulated kernel. It lives as long as somebody refers to it: descriptors, pins, programs,
 * links, elements of maps.
 */
export abstract class KernelObject {
  private references = 0;
  private userReferences = 0;

  constructor(readonly id: number) {}

  /** Adds a reference; `user`: one that a process holds, by a descriptor or a pin. */
  hold(user = false): this {
    this.references++;
    if (user) this.userReferences++;
    return this;
  }
  drop(user = false): void {
    if (user && --this.userReferences === 0) this.unused();
    if (--this.references === 0) this.release();
  }

  /** No process has the object any longer. */
  protected unused(): void {}
  /** Nobody has. */
  protected abstract release(): void;
}

/** BTF that a process loaded. */
export class BtfObject extends KernelObject {
  readonly kind = 'btf';
  constructor(
    id: number,
    readonly btf: Btf,
    private readonly onRelease: (object: BtfObject) => void,
  ) {
    super(id);
  }
  protected release(): void {
    this.onRelease(this);
  }
}

/** The parts of a map that a map-in-map keeps of its template (bpf_map_meta_alloc()). */
export interface MapTemplate {
  readonly id: number;
  readonly attr: CreateAttr;
  readonly btf: Btf | null;
}

/** What a program must agree in with the first one that came to a map of programs (`struct bpf_map_owner`). */
export interface ProgramOwner {
  readonly type: number;
  readonly expectedAttachType: number;
  readonly xdpHasFrags: boolean;
  readonly attachBtfId: number;
}

/** What a map takes out of the kernel's tables when it goes. */
export interface MapHooks {
  /** No process has the map any longer. */
  onUnused(map: MapObject): void;
  onRelease(map: MapObject): void;
  bytesAt(at: number, size: number): Uint8Array;
}

/** What a map has beside its attributes. */
export interface MapParts {
  readonly btf: BtfObject | null;
  readonly inner: MapTemplate | null;
  readonly record: BtfRecord | null;
}

export class MapObject extends KernelObject {
  readonly kind = 'map';
  frozen = false;
  /** Elements that are other objects, by key in hexadecimal. */
  readonly slots = new Map<string, KernelObject>();
  /** First program of a map that holds programs; null before it came. */
  owner: ProgramOwner | null = null;
  readonly inner: MapTemplate | null;
  /** Managed fields of the value: locks, timers, kernel pointers, lists. */
  readonly record: BtfRecord | null;
  private readonly btfObject: BtfObject | null;

  constructor(
    id: number,
    readonly attr: CreateAttr,
    readonly vm: VmMap,
    parts: MapParts,
    private readonly hooks: MapHooks,
  ) {
    super(id);
    this.inner = parts.inner;
    this.record = parts.record;
    this.btfObject = parts.btf?.hold() ?? null;
  }

  get btf(): Btf | null {
    return this.btfObject?.btf ?? null;
  }
  get btfId(): number {
    return this.btfObject?.id ?? 0;
  }

  /** Bytes of the value that programs reach without a lookup, or null. */
  firstValue(offset: number, size: number): Uint8Array | null {
    const at = this.vm.directValue();
    return at === null ? null : this.hooks.bytesAt(at + offset, size);
  }

  /** Puts an object in an element (null: takes it out). */
  setSlot(key: string, object: KernelObject | null): void {
    const before = this.slots.get(key);
    if (object === null) this.slots.delete(key);
    else this.slots.set(key, object.hold());
    before?.drop();
  }
  clearSlots(): void {
    for (const key of [...this.slots.keys()]) this.setSlot(key, null);
  }

  /** A prog array without a process would keep itself alive through its programs (bpf_fd_array_map_clear()). */
  protected override unused(): void {
    if (this.attr.type !== BPF_MAP_TYPE.prog_array) return;
    this.hooks.onUnused(this);
    this.clearSlots();
  }
  protected release(): void {
    this.clearSlots();
    this.hooks.onRelease(this);
    this.btfObject?.drop();
  }
}

/** What a program keeps beside its instructions. */
export interface ProgParts {
  readonly attr: ProgLoadAttr;
  /** Eight bytes (bpf_prog_calc_tag()). */
  readonly tag: Uint8Array;
  readonly xlated: XlatedProgram;
  /** In the order in which the program names them first. */
  readonly maps: readonly MapObject[];
  readonly btf: BtfObject | null;
  readonly runnable: RunnableProgram;
  /** Instructions that the verifier walked. */
  readonly verifiedInsns: number;
  /** Nanoseconds since boot. */
  readonly loadTime: number;
}

/** A program that the verifier accepted. */
export class ProgObject extends KernelObject implements ProgParts {
  readonly kind = 'prog';
  readonly attr: ProgLoadAttr;
  readonly tag: Uint8Array;
  readonly xlated: XlatedProgram;
  private readonly usedMaps: MapObject[];
  readonly btf: BtfObject | null;
  readonly runnable: RunnableProgram;
  readonly verifiedInsns: number;
  readonly loadTime: number;
  /** Runs and their nanoseconds while statistics are on. */
  runCount = 0;
  runTimeNs = 0;

  constructor(
    id: number,
    parts: ProgParts,
    private readonly onRelease: (prog: ProgObject) => void,
  ) {
    super(id);
    this.attr = parts.attr;
    this.tag = parts.tag;
    this.xlated = parts.xlated;
    this.usedMaps = [...parts.maps];
    this.btf = parts.btf;
    this.runnable = parts.runnable;
    this.verifiedInsns = parts.verifiedInsns;
    this.loadTime = parts.loadTime;
    this.btf?.hold();
    for (const map of this.maps) map.hold();
  }
  get maps(): readonly MapObject[] {
    return this.usedMaps;
  }
  /** Keeps one more map alive. */
  bind(map: MapObject): void {
    if (!this.usedMaps.includes(map)) this.usedMaps.push(map.hold());
  }
  protected release(): void {
    this.onRelease(this);
    for (const map of this.maps) map.drop();
    this.btf?.drop();
  }
}
