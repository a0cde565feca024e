import type { VerifierEnv } from '../state/env.ts';
import { insnSuccessors } from './insn-flow.ts';

const DISCOVERED = 1;
const EXPLORED = 2;

/** compute_postorder(): every reachable instruction after its successors, subprogram by subprogram. */
export function computePostorder(env: VerifierEnv): void {
  const { insns } = env;
  const postorder = new Int32Array(insns.length);
  const state = new Uint8Array(insns.length);
  const stack: number[] = [];
  const succ = new Int32Array(2);
  let count = 0;
  for (const subprog of env.subprogs) {
    subprog.postorderStart = count;
    stack.push(subprog.start);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      state[top] |= DISCOVERED;
      if ((state[top] & EXPLORED) !== 0) {
        postorder[count++] = top;
        stack.pop();
        continue;
      }
      const succs = insnSuccessors(insns, top, succ);
      for (let s = 0; s < succs; s++) {
        if (state[succ[s]] !== 0) continue;
        stack.push(succ[s]);
        state[succ[s]] = DISCOVERED;
      }
      state[top] |= EXPLORED;
    }
  }
  env.insnPostorder = postorder.subarray(0, count);
}

/** End of a subprogram's part of env.insnPostorder. */
export function postorderEnd(env: VerifierEnv, subprogno: number): number {
  const next = env.subprogs[subprogno + 1];
  return next === undefined ? env.insnPostorder.length : next.postorderStart;
}
