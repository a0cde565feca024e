import { E2BIG, EINVAL } from '../../uapi/errno.ts';
import {
  clearDynptr,
  DYNPTR,
  dynptrData,
  dynptrRead,
  dynptrWrite,
  MAX_DYNPTR_SIZE,
  readDynptr,
  writeDynptr,
} from '../dynptr.ts';
import type { Runtime } from '../runtime.ts';
import { commitRecord, ringArg } from './event-helpers.ts';
import { intHelper } from './helper.ts';

/** bpf_dynptr_from_mem(data, size, flags, ptr) */
function fromMemory(rt: Runtime): number {
  const [data, size, at] = [rt.arg(1), rt.argU64(2), rt.arg(4)];
  const errno = size > MAX_DYNPTR_SIZE ? E2BIG : rt.argU64(3) !== 0 ? EINVAL : 0;
  if (errno === 0) writeDynptr(rt, at, { data, size, type: DYNPTR.local, readOnly: false, offset: 0 });
  else clearDynptr(rt, at);
  return -errno;
}

/** bpf_ringbuf_reserve_dynptr(ringbuf, size, flags, ptr) */
function reserve(rt: Runtime): number {
  const [size, at] = [rt.arg(2), rt.arg(4)];
  clearDynptr(rt, at);
  if (rt.argU64(3) !== 0) return -EINVAL;
  if (size > MAX_DYNPTR_SIZE) return -E2BIG;
  const data = ringArg(rt, 1).reserve(size);
  if (data === 0) return -EINVAL;
  writeDynptr(rt, at, { data, size, type: DYNPTR.ringbuf, readOnly: false, offset: 0 });
  return 0;
}

/** bpf_ringbuf_submit_dynptr(ptr, flags) and discard: void. */
function finish(rt: Runtime, discard: boolean): number {
  const p = readDynptr(rt, rt.arg(1));
  if (p.data !== 0) commitRecord(rt, p.data, discard);
  clearDynptr(rt, rt.arg(1));
  return 0;
}

/** Dynptrs (kernel/bpf/helpers.c, ringbuf.c; Linux 6.18). */
export const DYNPTR_HELPERS = [
  intHelper(197, 'bpf_dynptr_from_mem', 4, fromMemory),
  intHelper(198, 'bpf_ringbuf_reserve_dynptr', 4, reserve),
  intHelper(199, 'bpf_ringbuf_submit_dynptr', 2, (rt) => finish(rt, false)),
  intHelper(200, 'bpf_ringbuf_discard_dynptr', 2, (rt) => finish(rt, true)),
  intHelper(201, 'bpf_dynptr_read', 5, dynptrRead),
  intHelper(202, 'bpf_dynptr_write', 5, dynptrWrite),
  intHelper(203, 'bpf_dynptr_data', 3, dynptrData),
];
