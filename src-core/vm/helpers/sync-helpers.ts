import { helper, intHelper } from './helper.ts';

const nothing = (): number => 0;

/** Locks have nobody to wait for: one program runs at a time. Pointers inside values are words. */
export const SYNC_HELPERS = [
  intHelper(93, 'bpf_spin_lock', 1, nothing),
  intHelper(94, 'bpf_spin_unlock', 1, nothing),
  // bpf_kptr_xchg(dst, ptr): the word that was there.
  helper(194, 'bpf_kptr_xchg', 2, (rt) => {
    const { view } = rt.memory;
    const at = rt.arg(1);
    const [lo, hi] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
    view.setInt32(at, rt.arg(2), true);
    view.setInt32(at + 4, rt.argHi(2), true);
    rt.retHalves(lo, hi);
  }),
];
