import { E2BIG, EFAULT, ENOENT, ERANGE } from '../../uapi/errno.ts';
import type { Runtime } from '../runtime.ts';
import { type Kfunc, kfunc } from './kfunc.ts';

/** XATTR_SIZE_MAX: longest text that is looked at. */
const MAX_TEXT = 65536;

/** The bytes of a text up to its NUL, at most `limit`; a negative errno for what is no address or has no end. */
function textAt(rt: Runtime, n: number, limit = MAX_TEXT): Uint8Array | number {
  const at = rt.arg(n);
  if (rt.argHi(n) !== 0) return -ERANGE;
  if (!rt.memory.contains(at, 1)) return at < 0x10000 ? -ERANGE : -EFAULT;
  const bytes = rt.memory.bytes.subarray(at, at + limit);
  const end = bytes.indexOf(0);
  if (end >= 0) return bytes.subarray(0, end);
  return limit < MAX_TEXT ? bytes : -E2BIG;
}

type Find = (text: Uint8Array) => number;

/** A search in one text: a place, or -ENOENT. */
function find(rt: Runtime, search: Find, limit?: number): number {
  const text = textAt(rt, 1, limit);
  if (typeof text === 'number') return text;
  const at = search(text);
  return at < 0 ? -ENOENT : at;
}

function compare(rt: Runtime, fold: (byte: number) => number): number {
  const [a, b] = [textAt(rt, 1), textAt(rt, 2)];
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  for (let i = 0; i <= Math.max(a.length, b.length); i++) {
    const [x, y] = [fold(a[i] ?? 0), fold(b[i] ?? 0)];
    if (x !== y) return x < y ? -1 : 1;
    if (x === 0) break;
  }
  return 0;
}

const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);

/** strspn() and strcspn(): how many bytes at the start are, or are not, in a set. */
function span(rt: Runtime, inside: boolean): number {
  const [text, set] = [textAt(rt, 1), textAt(rt, 2)];
  if (typeof text === 'number') return text;
  if (typeof set === 'number') return set;
  const end = text.findIndex((byte) => set.includes(byte) !== inside);
  return end < 0 ? text.length : end;
}

/** strstr() of the first `limit` bytes. */
function search(rt: Runtime, limit?: number): number {
  const [text, wanted] = [textAt(rt, 1, limit), textAt(rt, 2)];
  if (typeof text === 'number') return text;
  if (typeof wanted === 'number') return wanted;
  for (let at = 0; at + wanted.length <= text.length; at++)
    if (wanted.every((byte, i) => text[at + i] === byte)) return at;
  return -ENOENT;
}

const byteArg = (rt: Runtime, n: number): number => rt.arg(n) & 0xff;

/** strchr(): the NUL at the end counts as one of the text's bytes. */
const indexOf = (text: Uint8Array, byte: number): number => (byte === 0 ? text.length : text.indexOf(byte));

/** Texts (kernel/bpf/helpers.c, Linux 6.18). */
export const STRING_KFUNCS: readonly Kfunc[] = [
  kfunc('bpf_strcmp', 2, (rt) => compare(rt, (byte) => byte)),
  kfunc('bpf_strcasecmp', 2, (rt) => compare(rt, lower)),
  kfunc('bpf_strchr', 2, (rt) => find(rt, (text) => indexOf(text, byteArg(rt, 2)))),
  kfunc('bpf_strnchr', 3, (rt) => find(rt, (text) => text.indexOf(byteArg(rt, 3)), rt.arg(2))),
  kfunc('bpf_strchrnul', 2, (rt) => {
    const text = textAt(rt, 1);
    if (typeof text === 'number') return text;
    const at = indexOf(text, byteArg(rt, 2));
    return at < 0 ? text.length : at;
  }),
  kfunc('bpf_strrchr', 2, (rt) =>
    find(rt, (text) => (byteArg(rt, 2) === 0 ? text.length : text.lastIndexOf(byteArg(rt, 2)))),
  ),
  kfunc('bpf_strlen', 1, (rt) => find(rt, (text) => text.length)),
  kfunc('bpf_strnlen', 2, (rt) => find(rt, (text) => text.length, rt.arg(2))),
  kfunc('bpf_strspn', 2, (rt) => span(rt, true)),
  kfunc('bpf_strcspn', 2, (rt) => span(rt, false)),
  kfunc('bpf_strstr', 2, (rt) => search(rt)),
  kfunc('bpf_strnstr', 3, (rt) => search(rt, rt.arg(3))),
];
