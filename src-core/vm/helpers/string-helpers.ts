import { EINVAL } from '../../uapi/errno.ts';
import type { Runtime } from '../runtime.ts';
import { intHelper } from './helper.ts';

const ERANGE = 34;
/** Digits and prefix that are looked at: the kernel copies them to a buffer of 64 bytes. */
const MAX_NUMBER = 63;
const U64_LIMIT = 1n << 64n;
const S64_LIMIT = 1n << 63n;
const MINUS = 0x2d;

interface ParsedNumber {
  readonly magnitude: bigint;
  readonly negative: boolean;
  /** Bytes read, white space included. */
  readonly consumed: number;
}

/** isspace() of the kernel's table, which has the no-break space of Latin-1. */
const isSpace = (byte: number): boolean => (byte >= 9 && byte <= 13) || byte === 0x20 || byte === 0xa0;

/** _parse_integer_fixup_radix(): base 0 goes by the prefix. */
function baseOf(text: string, flags: number): number {
  if (flags !== 0) return flags;
  if (!text.startsWith('0')) return 10;
  return /^0x[0-9a-f]/i.test(text) ? 16 : 8;
}

/** The longest run of digits at the start; null when there is none. */
function parseDigits(text: string, base: number): { readonly value: bigint; readonly length: number } | null {
  let value = 0n;
  let length = 0;
  for (const letter of text) {
    const digit = /[0-9a-z]/i.test(letter) ? Number.parseInt(letter, 36) : base;
    if (digit >= base) break;
    value = value * BigInt(base) + BigInt(digit);
    length++;
  }
  return length === 0 ? null : { value, length };
}

/** __bpf_strtoull(): the number at the start of a text, or a negative errno. */
function parseNumber(rt: Runtime): ParsedNumber | number {
  const size = rt.arg(2);
  const flags = rt.argU64(3);
  if (size === 0 || ![0, 8, 10, 16].includes(flags)) return -EINVAL;
  const bytes = rt.memory.slice(rt.arg(1), size);
  let at = 0;
  while (at < size && isSpace(bytes[at])) at++;
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  if (at === size) return -EINVAL;
  const text = String.fromCharCode(...bytes.subarray(at, at + MAX_NUMBER));
  const base = baseOf(text, flags);
  const prefix = base === 16 && /^0x/i.test(text) ? 2 : 0;
  const digits = parseDigits(text.slice(prefix), base);
  if (digits === null) return -EINVAL;
  if (digits.value >= U64_LIMIT) return -ERANGE;
  return { magnitude: digits.value, negative, consumed: at + prefix + digits.length };
}

function storeResult(rt: Runtime, value: bigint): void {
  rt.memory.view.setBigInt64(rt.arg(4), BigInt.asIntN(64, value), true);
}

/** bpf_strtol(text, size, base, result): bytes read, or a negative errno with result 0. */
function toSigned(rt: Runtime): number {
  storeResult(rt, 0n);
  const n = parseNumber(rt);
  if (typeof n === 'number') return n;
  if (n.magnitude > S64_LIMIT || (!n.negative && n.magnitude === S64_LIMIT)) return -ERANGE;
  storeResult(rt, n.negative ? -n.magnitude : n.magnitude);
  return n.consumed;
}

function toUnsigned(rt: Runtime): number {
  storeResult(rt, 0n);
  const n = parseNumber(rt);
  if (typeof n === 'number') return n;
  if (n.negative) return -EINVAL;
  storeResult(rt, n.magnitude);
  return n.consumed;
}

/** bpf_strncmp(s1, size of s1, s2): -1, 0 or 1. */
function compare(rt: Runtime): number {
  const [a, size, b] = [rt.arg(1), rt.arg(2), rt.arg(3)];
  const { bytes } = rt.memory;
  for (let i = 0; i < size; i++) {
    const [left, right] = [bytes[a + i], bytes[b + i]];
    if (left !== right) return left < right ? -1 : 1;
    if (left === 0) break;
  }
  return 0;
}

/** Text (kernel/bpf/helpers.c, Linux 6.18). */
export const STRING_HELPERS = [
  intHelper(105, 'bpf_strtol', 4, toSigned),
  intHelper(106, 'bpf_strtoul', 4, toUnsigned),
  intHelper(182, 'bpf_strncmp', 3, compare),
];
