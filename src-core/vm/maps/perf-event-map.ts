import { DESCRIPTOR_SIZE, KIND_OTHER } from '../../jit/abi.ts';
import { BPF_ANY } from '../../uapi/bpf.ts';
import { E2BIG, EBADF, EINVAL, ENOENT, ENOTSUPP } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import {
  BaseMap,
  type Bytes,
  currentCpu,
  type MapAttr,
  newDescriptor,
  nextIndex,
  type VmMap,
} from './map.ts';

/** BPF_F_CURRENT_CPU. */
const CURRENT_CPU = 0xffffffff;

/**
 * BPF_MAP_TYPE_PERF_EVENT_ARRAY (perf_event_array_map_ops, Linux 6.18). Its elements are perf events that a
 * user opens and puts there. The simulated kernel opens none, as nobody does for a BPF_PROG_TEST_RUN, so an
 * output finds no event and answers -ENOENT; it keeps no records.
 */
export class PerfEventMap extends BaseMap implements VmMap {
  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    readonly address: number,
  ) {
    super();
  }

  static create(memory: VmMemory, attr: MapAttr): PerfEventMap | null {
    const address = newDescriptor(memory, KIND_OTHER, attr);
    return address === null ? null : new PerfEventMap(memory, attr, address);
  }

  /** __bpf_perf_event_output(): the errno of an output to `index`. */
  output(index: number): number {
    const at = index === CURRENT_CPU ? currentCpu(this.memory) : index;
    return at >= this.attr.maxEntries ? -E2BIG : -ENOENT;
  }

  readonly userValueSize = 4;

  lookup(): number {
    return 0;
  }
  update(): number {
    return -EBADF;
  }
  delete(key: number): number {
    return this.memory.u32(key) >= this.attr.maxEntries ? -E2BIG : -ENOENT;
  }
  override nextKey(key: Uint8Array | null): Bytes {
    return nextIndex(key, this.attr.maxEntries, -ENOENT);
  }
  read(): Bytes {
    return -ENOTSUPP;
  }
  /** There is no fd of a perf event to put in. */
  write(key: number, _value: Uint8Array, flags: number): number {
    if (flags !== BPF_ANY) return -EINVAL;
    return this.memory.u32(key) >= this.attr.maxEntries ? -E2BIG : -EBADF;
  }
  dispose(): void {
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
