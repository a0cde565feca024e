import { DESCRIPTOR_SIZE, KIND_OTHER } from '../../jit/abi.ts';
import { EBADF, EINVAL, ENOENT, ENOTSUPP } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import { round8 } from './descriptor.ts';
import { BaseMap, type Bytes, type MapAttr, newDescriptor, type VmMap } from './map.ts';

/** BPF_LOCAL_STORAGE_GET_F_CREATE. */
const CREATE = 1;

/**
 * BPF_MAP_TYPE_SK_STORAGE, INODE_STORAGE, TASK_STORAGE and CGRP_STORAGE (bpf_local_storage.c, Linux 6.18): one value an
 * owner, kept as long as the map. Programs name the owner by its address; a user would by a descriptor of it, and
 * has none here.
 */
export class StorageMap extends BaseMap implements VmMap {
  private readonly values = new Map<number, number>();
  private readonly size: number;

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    readonly address: number,
  ) {
    super();
    this.size = round8(attr.valueSize);
  }

  static create(memory: VmMemory, attr: MapAttr): StorageMap | null {
    const address = newDescriptor(memory, KIND_OTHER, attr);
    return address === null ? null : new StorageMap(memory, attr, address);
  }

  /** bpf_*_storage_get(): the owner's value, made from `initial` (0: zero) where the flags ask for it; or 0. */
  valueFor(owner: number, initial: number, flags: number): number {
    if (owner === 0 || flags > CREATE) return 0;
    const known = this.values.get(owner);
    if (known !== undefined || flags !== CREATE) return known ?? 0;
    const made = this.memory.alloc(this.size);
    if (made === null) return 0;
    if (initial !== 0) this.memory.bytes.copyWithin(made, initial, initial + this.attr.valueSize);
    this.values.set(owner, made);
    return made;
  }

  /** bpf_*_storage_delete() */
  removeOf(owner: number): number {
    if (owner === 0) return -EINVAL;
    const value = this.values.get(owner);
    if (value === undefined) return -ENOENT;
    this.values.delete(owner);
    this.memory.release(value, this.size);
    return 0;
  }

  get userValueSize(): number {
    return this.attr.valueSize;
  }
  lookup(): number {
    return 0;
  }
  update(): number {
    return -EINVAL;
  }
  delete(): number {
    return -EINVAL;
  }
  read(): Bytes {
    return -EBADF;
  }
  write(): number {
    return -EBADF;
  }
  override remove(): number {
    return -EBADF;
  }
  override nextKey(): Bytes {
    return -ENOTSUPP;
  }
  dispose(): void {
    for (const value of this.values.values()) this.memory.release(value, this.size);
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
