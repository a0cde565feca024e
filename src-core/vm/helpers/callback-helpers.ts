import { FRAME_SIZE, MAX_LOOPS } from '../../jit/abi.ts';
import { FAULTS, VmFault } from '../fault.ts';
import { ArrayMap } from '../maps/array-map.ts';
import { HashMap } from '../maps/hash-map.ts';
import { E2BIG, EINVAL } from '../maps/map.ts';
import type { Runtime } from '../runtime.ts';
import { helper, intHelper, mapArg } from './helper.ts';

/**
 * A callback of the running program, from the helper's argument `n`, to be called with its arguments in the
 * scratch; true when it answers non-zero: stop.
 */
function callbackArg(rt: Runtime, n: number): () => boolean {
  const { running } = rt;
  if (running === null) throw FAULTS.instruction();
  const slot = rt.arg(n);
  const frame = rt.callerFrame - FRAME_SIZE;
  return () => {
    running.callSubprogram(slot, frame);
    return (rt.resultLo | rt.resultHi) !== 0;
  };
}

/**
 * bpf_loop(nr_loops, callback, ctx, flags): the number of calls. The kernel inlines it where the flags are a
 * constant 0 (inline_bpf_loop()), and that code leaves -E2BIG zero-extended.
 */
function loop(rt: Runtime): void {
  const rounds = rt.arg(1);
  const callback = callbackArg(rt, 2);
  const [ctxLo, ctxHi] = [rt.arg(3), rt.argHi(3)];
  if (rt.argU64(4) !== 0) return rt.ret(-EINVAL);
  if (rounds > MAX_LOOPS) return rt.retHalves(-E2BIG, 0);
  for (let i = 0; i < rounds; i++) {
    rt.setArg(1, i, 0);
    rt.setArg(2, ctxLo, ctxHi);
    for (let n = 3; n <= 5; n++) rt.setArg(n, 0, 0);
    if (callback()) return rt.ret(i + 1);
  }
  rt.ret(rounds);
}

/** bpf_for_each_map_elem(map, callback, ctx, flags): the number of elements visited. */
function forEachMapElement(rt: Runtime): number {
  const map = mapArg(rt, 1);
  const callback = callbackArg(rt, 2);
  const [ctxLo, ctxHi] = [rt.arg(3), rt.argHi(3)];
  if (rt.argU64(4) !== 0) return -EINVAL;
  if (!(map instanceof ArrayMap || map instanceof HashMap))
    throw new VmFault('helper', `bpf_for_each_map_elem() on map type ${map.attr.type} is not simulated yet`);
  return map.visitElements((key, value) => {
    rt.setArg(1, map.address, 0);
    rt.setArg(2, key, 0);
    rt.setArg(3, value, 0);
    rt.setArg(4, ctxLo, ctxHi);
    rt.setArg(5, 0, 0);
    return callback();
  });
}

/** Helpers that call back into the program (kernel/bpf/bpf_iter.c, helpers.c; Linux 6.18). */
export const CALLBACK_HELPERS = [
  intHelper(164, 'bpf_for_each_map_elem', 4, forEachMapElement),
  helper(181, 'bpf_loop', 4, loop),
];
