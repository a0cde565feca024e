import { DESCRIPTOR_SIZE, KIND_OTHER } from '../../jit/abi.ts';
import type { VmMemory } from '../memory.ts';
import { BaseMap, currentCpu, E2BIG, ENOENT, type MapAttr, newDescriptor, type VmMap } from './map.ts';

const EBADF = 9;
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
  delete(): number {
    return -ENOENT;
  }
  keys(): Uint8Array[] {
    return [];
  }
  read(): Uint8Array | null {
    return null;
  }
  /** There is no fd of a perf event to put in. */
  write(): number {
    return -EBADF;
  }
  dispose(): void {
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
