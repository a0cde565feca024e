import { DESCRIPTOR_SIZE, KIND_OTHER } from '../../jit/abi.ts';
import { VmFault } from '../fault.ts';
import type { VmMemory } from '../memory.ts';
import { BaseMap, type Bytes, type MapAttr, newDescriptor, type VmMap } from './map.ts';

/** What the system call answers for elements of a type whose elements nobody can make here. */
export interface EmptyAnswers {
  readonly read: number;
  readonly write: number;
  readonly remove: number;
  nextKey(key: Uint8Array | null, attr: MapAttr): Bytes;
}

/**
 * A map whose elements are not simulated: it can be made, so that programs that name it can be verified, and
 * the system call answers as for an empty one. A run that comes to use it stops and says so, rather than show an
 * invented result.
 */
export class OpaqueMap extends BaseMap implements VmMap {
  readonly userValueSize: number;

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    readonly address: number,
    private readonly answers: EmptyAnswers,
  ) {
    super();
    this.userValueSize = attr.valueSize;
  }

  static create(memory: VmMemory, attr: MapAttr, answers: EmptyAnswers): OpaqueMap | null {
    const address = newDescriptor(memory, KIND_OTHER, attr);
    return address === null ? null : new OpaqueMap(memory, attr, address, answers);
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
  override push(): number {
    return this.refuse();
  }
  override pop(): number {
    return this.refuse();
  }
  override peek(): number {
    return this.refuse();
  }

  read(): Bytes {
    return this.answers.read;
  }
  write(): number {
    return this.answers.write;
  }
  override remove(): number {
    return this.answers.remove;
  }
  override nextKey(key: Uint8Array | null): Bytes {
    return this.answers.nextKey(key, this.attr);
  }
  dispose(): void {
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
