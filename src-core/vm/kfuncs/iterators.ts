import { E2BIG, EINVAL } from '../../uapi/errno.ts';
import type { Runtime } from '../runtime.ts';
import { type Kfunc, kfunc, rawKfunc } from './kfunc.ts';

const MAX_LOOPS = 8 * 1024 * 1024;
/** BITS_ITER_NR_WORDS_MAX */
const MAX_WORDS = 511;

/** struct bpf_iter_num_kern: s32 cur, s32 end. */
function numNew(rt: Runtime): number {
  const [it, start, end] = [rt.arg(1), rt.argS32(2), rt.argS32(3)];
  const { view } = rt.memory;
  view.setInt32(it, 0, true);
  view.setInt32(it + 4, 0, true);
  if (start > end) return -EINVAL;
  if (end - start > MAX_LOOPS) return -E2BIG;
  view.setInt32(it, start - 1, true);
  view.setInt32(it + 4, end, true);
  return 0;
}

function numNext(rt: Runtime): number {
  const it = rt.arg(1);
  const { view } = rt.memory;
  const next = view.getInt32(it, true) + 1;
  if (next >= view.getInt32(it + 4, true)) {
    view.setInt32(it, 0, true);
    view.setInt32(it + 4, 0, true);
    return 0;
  }
  view.setInt32(it, next, true);
  return it;
}

/** struct bpf_iter_bits_kern: the word, or the address of the words; s32 number of bits, s32 current bit. */
const BITS = { words: 0, count: 8, bit: 12 } as const;

function bitsNew(rt: Runtime): number {
  const [it, from, words] = [rt.arg(1), rt.arg(2), rt.arg(3)];
  const { memory } = rt;
  memory.bytes.fill(0, it, it + 16);
  if (from === 0 || words === 0) return -EINVAL;
  if (words > MAX_WORDS) return -E2BIG;
  const size = words * 8;
  const copy = words === 1 ? it + BITS.words : memory.alloc(size);
  if (copy === null || !memory.contains(from, size)) return -EINVAL;
  memory.bytes.copyWithin(copy, from, from + size);
  if (words > 1) memory.setU32(it + BITS.words, copy);
  memory.setU32(it + BITS.count, words * 64);
  memory.view.setInt32(it + BITS.bit, -1, true);
  return 0;
}

const wordsOf = (rt: Runtime, it: number): number =>
  rt.memory.u32(it + BITS.count) === 64 ? it + BITS.words : rt.memory.u32(it + BITS.words);

function bitsNext(rt: Runtime): number {
  const it = rt.arg(1);
  const { memory } = rt;
  const count = memory.u32(it + BITS.count);
  if (count === 0 || memory.view.getInt32(it + BITS.bit, true) >= count) return 0;
  const words = wordsOf(rt, it);
  let bit = memory.view.getInt32(it + BITS.bit, true) + 1;
  while (bit < count && (memory.bytes[words + (bit >> 3)] & (1 << (bit & 7))) === 0) bit++;
  memory.setU32(it + BITS.bit, bit);
  return bit >= count ? 0 : it + BITS.bit;
}

function bitsDestroy(rt: Runtime): void {
  const it = rt.arg(1);
  const count = rt.memory.u32(it + BITS.count);
  if (count > 64) rt.memory.release(wordsOf(rt, it), count / 8);
}

/** Open-coded iterators over numbers and bits (kernel/bpf/bpf_iter.c, helpers.c; Linux 6.18). */
export const ITERATOR_KFUNCS: readonly Kfunc[] = [
  kfunc('bpf_iter_num_new', 3, numNew),
  kfunc('bpf_iter_num_next', 1, numNext),
  rawKfunc('bpf_iter_num_destroy', 1, (rt) => rt.memory.bytes.fill(0, rt.arg(1), rt.arg(1) + 8)),
  kfunc('bpf_iter_bits_new', 3, bitsNew),
  kfunc('bpf_iter_bits_next', 1, bitsNext),
  rawKfunc('bpf_iter_bits_destroy', 1, bitsDestroy),
];
