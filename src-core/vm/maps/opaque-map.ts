import { DESCRIPTOR_SIZE, KIND_OTHER } from '../../jit/abi.ts';
import { ENOTSUPP } from '../../uapi/errno.ts';
import { VmFault } from '../fault.ts';
import type { VmMemory } from '../memory.ts';
import { round8 } from './descriptor.ts';
import { BaseMap, type Bytes, type MapAttr, newDescriptor, type VmMap } from './map.ts';

/** What the system call answers for elements of a type whose elements nobody can make here. */
export interface EmptyAnswers {
  read(attr: MapAttr): number;
  /** `index`: the first word of the key. */
  write(attr: MapAttr, index: number, flags: number): number;
  remove(attr: MapAttr, index: number): number;
  readonly take?: number;
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
    userValueSize: number,
  ) {
    super();
    this.userValueSize = userValueSize;
  }

  static create(memory: VmMemory, attr: MapAttr, answers: EmptyAnswers, values: number): OpaqueMap | null {
    const address = newDescriptor(memory, KIND_OTHER, attr);
    return address === null
      ? null
      : new OpaqueMap(
          memory,
          attr,
          address,
          answers,
          values > 1 ? round8(attr.valueSize) * values : attr.valueSize,
        );
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
    return this.answers.read(this.attr);
  }
  private indexAt(key: number): number {
    return this.attr.keySize >= 4 ? this.memory.u32(key) : 0;
  }
  write(key: number, _value: Uint8Array, flags: number): number {
    return this.answers.write(this.attr, this.indexAt(key), flags);
  }
  override remove(key: number): number {
    return this.answers.remove(this.attr, this.indexAt(key));
  }
  override take(): Bytes {
    return this.answers.take ?? -ENOTSUPP;
  }
  override nextKey(key: Uint8Array | null): Bytes {
    return this.answers.nextKey(key, this.attr);
  }
  dispose(): void {
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
