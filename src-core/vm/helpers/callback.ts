import { FRAME_SIZE } from '../../jit/abi.ts';
import { FAULTS } from '../fault.ts';
import type { Runtime } from '../runtime.ts';

/**
 * The calls that a helper makes into the program that called it. An engine asks for one after the other, so
 * that each is a frame of that same engine.
 */
export interface Callbacks {
  /** First slot of the subprogram that is called. */
  readonly slot: number;
  /**
   * Puts the next call's arguments in the scratch and answers true; or false when there is none more: the
   * helper's result then stands in the scratch. From the second time on the scratch result is what the call
   * before returned.
   */
  next(rt: Runtime): boolean;
}

/** Makes a helper's callbacks in compiled code, their stack below the frame that called the helper. */
export function callBack(rt: Runtime, callbacks: Callbacks): void {
  const { running } = rt.current;
  if (running === null) throw FAULTS.instruction();
  const frame = rt.callerFrame - FRAME_SIZE;
  while (callbacks.next(rt)) running.callSubprogram(callbacks.slot, frame);
}
