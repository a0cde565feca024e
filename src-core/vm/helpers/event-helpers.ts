import { EINVAL } from '../../uapi/errno.ts';
import { VmFault } from '../fault.ts';
import { PerfEventMap } from '../maps/perf-event-map.ts';
import { RingBufferMap } from '../maps/ring-buffer-map.ts';
import type { Runtime } from '../runtime.ts';
import { intHelper, mapArg } from './helper.ts';

const EAGAIN = 11;
const EFAULT = 14;
/** BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP. */
const WAKEUP_FLAGS = 3;
/** High half of BPF_F_CTXLEN_MASK. */
const CONTEXT_LENGTH_MASK = 0xfffff;

export function ringArg(rt: Runtime, n: number): RingBufferMap {
  const map = mapArg(rt, n);
  if (map instanceof RingBufferMap) return map;
  throw new VmFault('helper', `map type ${map.attr.type} is no ring buffer`);
}

/** bpf_ringbuf_output(map, data, size, flags) */
function output(rt: Runtime): number {
  const ring = ringArg(rt, 1);
  const [data, size, flags] = [rt.arg(2), rt.argU64(3), rt.argU64(4)];
  if (flags > WAKEUP_FLAGS) return -EINVAL;
  const sample = ring.reserve(size);
  if (sample === 0) return -EAGAIN;
  rt.memory.bytes.copyWithin(sample, data, data + size);
  ring.commit(sample, false);
  return 0;
}

/** bpf_ringbuf_submit(sample, flags) and discard: their void result leaves 0. */
export function commitRecord(rt: Runtime, sample: number, discard: boolean): number {
  const ring = rt.maps.get(RingBufferMap.ownerOf(rt.memory, sample));
  if (!(ring instanceof RingBufferMap)) throw new VmFault('memory', 'not a record of a ring buffer');
  ring.commit(sample, discard);
  return 0;
}

/**
 * bpf_perf_event_output(ctx, map, flags, data, size): with a packet, the upper half of flags says how many of
 * its bytes to append. No perf event is open in a test run, so the best answer is -ENOENT.
 */
function perfEventOutput(rt: Runtime): number {
  const map = mapArg(rt, 2);
  const appended = rt.argHi(3) >>> 0;
  if (appended > (rt.packet === null ? 0 : CONTEXT_LENGTH_MASK)) return -EINVAL;
  if (rt.packet !== null && appended > rt.packet.length) return -EFAULT;
  if (map instanceof PerfEventMap) return map.output(rt.arg(3));
  throw new VmFault('helper', `map type ${map.attr.type} holds no perf events`);
}

/** Events for user space (kernel/bpf/ringbuf.c, kernel/trace/bpf_trace.c; Linux 6.18). */
export const EVENT_HELPERS = [
  intHelper(25, 'bpf_perf_event_output', 5, perfEventOutput),
  intHelper(130, 'bpf_ringbuf_output', 4, output),
  intHelper(131, 'bpf_ringbuf_reserve', 3, (rt) =>
    rt.argU64(3) === 0 ? ringArg(rt, 1).reserve(rt.argU64(2)) : 0,
  ),
  intHelper(132, 'bpf_ringbuf_submit', 2, (rt) => commitRecord(rt, rt.arg(1), false)),
  intHelper(133, 'bpf_ringbuf_discard', 2, (rt) => commitRecord(rt, rt.arg(1), true)),
  intHelper(134, 'bpf_ringbuf_query', 2, (rt) => ringArg(rt, 1).query(rt.argU64(2))),
];
