import { E2BIG, EINVAL, ERANGE } from '../../uapi/errno.ts';
import { bytesOf, clearDynptr, DYNPTR, dynptrSlice, outside, readDynptr, writeDynptr } from '../dynptr.ts';
import { packetOf } from '../helpers/helper.ts';
import type { Runtime } from '../runtime.ts';
import { type Kfunc, kfunc } from './kfunc.ts';

/** bpf_dynptr_from_skb(skb, flags, ptr), and of XDP frames. */
function fromPacket(rt: Runtime, type: number): number {
  const at = rt.arg(3);
  if (rt.argU64(2) !== 0) {
    clearDynptr(rt, at);
    return -EINVAL;
  }
  const packet = packetOf(rt);
  writeDynptr(rt, at, { data: rt.arg(1), size: packet.length, type, readOnly: packet.readOnly, offset: 0 });
  return 0;
}

/** bpf_dynptr_adjust(ptr, start, end) */
function adjust(rt: Runtime): number {
  const [at, start, end] = [rt.arg(1), rt.arg(2), rt.arg(3)];
  const p = readDynptr(rt, at);
  if (p.data === 0 || start > end) return -EINVAL;
  if (start > p.size || end > p.size) return -ERANGE;
  writeDynptr(rt, at, { ...p, offset: p.offset + start, size: end - start });
  return 0;
}

function clone(rt: Runtime): number {
  const p = readDynptr(rt, rt.arg(1));
  if (p.data === 0) {
    clearDynptr(rt, rt.arg(2));
    return -EINVAL;
  }
  writeDynptr(rt, rt.arg(2), p);
  return 0;
}

/** bpf_dynptr_copy(dst, dst offset, src, src offset, size) */
function copy(rt: Runtime): number {
  const [to, from] = [readDynptr(rt, rt.arg(1)), readDynptr(rt, rt.arg(3))];
  const size = rt.arg(5);
  if (from.data === 0 || to.data === 0 || to.readOnly) return -EINVAL;
  if (outside(to, rt.arg(2), size) !== 0 || outside(from, rt.arg(4), size) !== 0) return -E2BIG;
  const [target, source] = [bytesOf(rt, to, rt.arg(2), size), bytesOf(rt, from, rt.arg(4), size)];
  if (target === null || source === null) return -E2BIG;
  rt.memory.bytes.copyWithin(target, source, source + size);
  return 0;
}

/** bpf_dynptr_memset(ptr, offset, size, value) */
function memset(rt: Runtime): number {
  const p = readDynptr(rt, rt.arg(1));
  const [offset, size] = [rt.arg(2), rt.arg(3)];
  if (p.data === 0 || p.readOnly) return -EINVAL;
  if (outside(p, offset, size) !== 0) return -E2BIG;
  const at = bytesOf(rt, p, offset, size);
  if (at === null) return -E2BIG;
  rt.memory.bytes.fill(rt.arg(4) & 0xff, at, at + size);
  return 0;
}

/** Dynptrs (kernel/bpf/helpers.c, net/core/filter.c; Linux 6.18). */
export const DYNPTR_KFUNCS: readonly Kfunc[] = [
  kfunc('bpf_dynptr_from_skb', 3, (rt) => fromPacket(rt, DYNPTR.skb)),
  kfunc('bpf_dynptr_from_xdp', 3, (rt) => fromPacket(rt, DYNPTR.xdp)),
  kfunc('bpf_dynptr_slice', 4, (rt) => dynptrSlice(rt, false)),
  kfunc('bpf_dynptr_slice_rdwr', 4, (rt) => dynptrSlice(rt, true)),
  kfunc('bpf_dynptr_adjust', 3, adjust),
  kfunc('bpf_dynptr_is_null', 1, (rt) => (readDynptr(rt, rt.arg(1)).data === 0 ? 1 : 0)),
  kfunc('bpf_dynptr_is_rdonly', 1, (rt) => {
    const p = readDynptr(rt, rt.arg(1));
    return p.data !== 0 && p.readOnly ? 1 : 0;
  }),
  kfunc('bpf_dynptr_size', 1, (rt) => {
    const p = readDynptr(rt, rt.arg(1));
    return p.data === 0 ? -EINVAL : p.size;
  }),
  kfunc('bpf_dynptr_clone', 2, clone),
  kfunc('bpf_dynptr_copy', 5, copy),
  kfunc('bpf_dynptr_memset', 4, memset),
];
