import koffi from 'koffi';

/** Keeps this process on processor 0, where the simulated kernel runs its programs. */
export function pinToFirstCpu(): void {
  const lib = koffi.load('libc.so.6');
  const setAffinity = lib.func('int sched_setaffinity(int, size_t, void*)') as unknown as (
    pid: number,
    size: number,
    mask: Uint8Array,
  ) => number;
  const mask = Buffer.alloc(128);
  mask[0] = 1;
  if (setAffinity(0, mask.length, mask) !== 0) throw new Error('sched_setaffinity() failed');
}
