import type { Runtime } from '../runtime.ts';
import { type Helper, intHelper } from './helper.ts';

const EFAULT = 14;
const ERANGE = 34;
/** High half of TASK_SIZE_MAX of x86-64: addresses below it are user space's. */
const USER_SPACE_HI = 0x7fff;

/** The bytes at the address in r3, `size` at most up to the end of memory; null when it is nowhere. */
function reachable(rt: Runtime, size: number): Uint8Array | null {
  const at = rt.arg(3);
  if (rt.argHi(3) !== 0 || !rt.memory.contains(at, 1)) return null;
  return rt.memory.bytes.subarray(at, Math.min(at + size, rt.memory.bytes.length));
}

/** What the kernel answers for a kernel address that is none, or is not mapped. */
const kernelFault = (rt: Runtime): number => (rt.argHi(3) >>> 0 <= USER_SPACE_HI ? -ERANGE : -EFAULT);
const userFault = (): number => -EFAULT;

/** The destination is cleared when nothing was read. */
function refuse(rt: Runtime, errno: number): number {
  rt.memory.bytes.fill(0, rt.arg(1), rt.arg(1) + rt.arg(2));
  return errno;
}

/** copy_from_kernel_nofault(): all of the bytes or none. */
function readBytes(rt: Runtime, fault: (rt: Runtime) => number): number {
  const size = rt.arg(2);
  const source = reachable(rt, size);
  if (source === null || source.length < size) return refuse(rt, fault(rt));
  rt.memory.bytes.set(source, rt.arg(1));
  return 0;
}

/** strncpy_from_kernel_nofault(): up to and with the NUL, which cuts a text that is too long. */
function readText(rt: Runtime, fault: (rt: Runtime) => number): number {
  const size = rt.arg(2);
  if (size === 0) return 0;
  const source = reachable(rt, size);
  if (source === null) return refuse(rt, fault(rt));
  const end = source.indexOf(0);
  if (end < 0 && source.length < size) return refuse(rt, -EFAULT);
  const length = end < 0 ? size : end + 1;
  rt.memory.bytes.set(source.slice(0, length), rt.arg(1));
  rt.memory.bytes[rt.arg(1) + length - 1] = 0;
  return length;
}

/** True when the address in r3 is the task's. */
function isUser(rt: Runtime): boolean {
  const at = rt.arg(3);
  if (rt.argHi(3) !== 0) return false;
  for (const [start, size] of rt.userMemory) if (at >= start && at < start + size) return true;
  return false;
}
const readUser = (rt: Runtime): number => {
  if (rt.arg(2) === 0) return 0;
  return isUser(rt) ? readBytes(rt, userFault) : refuse(rt, -EFAULT);
};
const readUserText = (rt: Runtime): number => {
  if (rt.arg(2) === 0) return 0;
  return isUser(rt) ? readText(rt, userFault) : refuse(rt, -EFAULT);
};

/**
 * Reads of any address (kernel/trace/bpf_trace.c, Linux 6.18). The simulated kernel's memory is the linear
 * memory, so a program reaches what it has pointers to; other addresses fault as unmapped ones do.
 */
export const PROBE_HELPERS: readonly Helper[] = [
  intHelper(4, 'bpf_probe_read', 3, (rt) => readBytes(rt, userFault)),
  intHelper(45, 'bpf_probe_read_str', 3, (rt) => readText(rt, userFault)),
  intHelper(112, 'bpf_probe_read_user', 3, readUser),
  intHelper(113, 'bpf_probe_read_kernel', 3, (rt) => readBytes(rt, kernelFault)),
  intHelper(114, 'bpf_probe_read_user_str', 3, readUserText),
  intHelper(115, 'bpf_probe_read_kernel_str', 3, (rt) => readText(rt, kernelFault)),
];
