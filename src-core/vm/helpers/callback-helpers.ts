import { MAX_LOOPS } from '../../jit/abi.ts';
import { E2BIG, EINVAL } from '../../uapi/errno.ts';
import { VmFault } from '../fault.ts';
import type { ElementCursor } from '../maps/map.ts';
import type { Runtime } from '../runtime.ts';
import type { Callbacks } from './callback.ts';
import { callbackHelper, mapArg } from './helper.ts';

const returnedNonZero = (rt: Runtime): boolean => (rt.resultLo | rt.resultHi) !== 0;

/** The result of a helper that makes no calls. */
function answer(rt: Runtime, result: number): null {
  rt.ret(result);
  return null;
}

/**
 * bpf_loop(nr_loops, callback, ctx, flags): the number of calls. The kernel inlines it where the flags are a
 * constant 0 (inline_bpf_loop()), and that code leaves -E2BIG zero-extended.
 */
function loop(rt: Runtime): Callbacks | null {
  const [rounds, slot] = [rt.arg(1), rt.arg(2)];
  const [ctxLo, ctxHi] = [rt.arg(3), rt.argHi(3)];
  if (rt.argU64(4) !== 0) return answer(rt, -EINVAL);
  if (rounds > MAX_LOOPS) {
    rt.retHalves(-E2BIG, 0);
    return null;
  }
  let done = 0;
  const next = (): boolean => {
    if (done === rounds || (done > 0 && returnedNonZero(rt))) {
      rt.ret(done);
      return false;
    }
    rt.setArg(1, done++, 0);
    rt.setArg(2, ctxLo, ctxHi);
    for (let n = 3; n <= 5; n++) rt.setArg(n, 0, 0);
    return true;
  };
  return { slot, next };
}

/** bpf_for_each_map_elem(map, callback, ctx, flags): the number of elements visited. */
function forEachMapElement(rt: Runtime): Callbacks | null {
  const map = mapArg(rt, 1);
  const slot = rt.arg(2);
  const [ctxLo, ctxHi] = [rt.arg(3), rt.argHi(3)];
  if (rt.argU64(4) !== 0) return answer(rt, -EINVAL);
  const elements: ElementCursor | null = map.elements();
  if (elements === null)
    throw new VmFault('helper', `bpf_for_each_map_elem() on map type ${map.attr.type} is not simulated yet`);
  let done = 0;
  const next = (): boolean => {
    if ((done > 0 && returnedNonZero(rt)) || !elements.next()) {
      elements.close();
      rt.ret(done);
      return false;
    }
    done++;
    rt.setArg(1, map.address, 0);
    rt.setArg(2, elements.key, 0);
    rt.setArg(3, elements.value, 0);
    rt.setArg(4, ctxLo, ctxHi);
    rt.setArg(5, 0, 0);
    return true;
  };
  return { slot, next };
}

/** Helpers that call back into the program (kernel/bpf/bpf_iter.c, helpers.c; Linux 6.18). */
export const CALLBACK_HELPERS = [
  callbackHelper(164, 'bpf_for_each_map_elem', 4, forEachMapElement),
  callbackHelper(181, 'bpf_loop', 4, loop),
];
