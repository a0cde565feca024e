import { DESCRIPTOR_SIZE, KIND_OTHER } from '../../jit/abi.ts';
import { VmFault } from '../fault.ts';
import type { VmMemory } from '../memory.ts';
import { EOPNOTSUPP, type MapAttr, newDescriptor, type VmMap } from './map.ts';

/**
 * A map of a type that is not simulated yet. Programs that name it can be verified; a run that comes to use it
 * stops and says so, rather than show an invented result.
 */
export class OpaqueMap implements VmMap {
  readonly userValueSize: number;

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    readonly address: number,
  ) {
    this.userValueSize = attr.valueSize;
  }

  static create(memory: VmMemory, attr: MapAttr): OpaqueMap | null {
    const address = newDescriptor(memory, KIND_OTHER, attr);
    return address === null ? null : new OpaqueMap(memory, attr, address);
  }

  private refuse(): never {
    throw new VmFault(
      'helper',
      `map "${this.attr.name}" has type ${this.attr.type}, which is not simulated yet`,
    );
  }
  lookup(): number {
    return this.refuse();
  }
  update(): number {
    return this.refuse();
  }
  delete(): number {
    return this.refuse();
  }
  push(): number {
    return this.refuse();
  }
  pop(): number {
    return this.refuse();
  }
  peek(): number {
    return this.refuse();
  }
  keys(): Uint8Array[] {
    return [];
  }
  read(): Uint8Array | null {
    return null;
  }
  /** BPF_MAP_UPDATE_ELEM from user space: there is no place for the value. */
  write(): number {
    return -EOPNOTSUPP;
  }
  dispose(): void {
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
