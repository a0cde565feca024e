import { blame } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { Frame } from '../state/frame.ts';
import { VerifierState } from '../state/state.ts';

const BPF_COMPLEXITY_LIMIT_JMP_SEQ = 8192;

/**
 * Keeps the other outcome of a branch for later and returns its state, or null when there are too many
 * (push_stack(), Linux 6.18).
 */
export function pushStack(
  env: VerifierEnv,
  insnIdx: number,
  prevInsnIdx: number,
  speculative: boolean,
): VerifierState | null {
  const state = env.cur.clone();
  env.stack.push({ state, insnIdx, prevInsnIdx, logPos: env.log.endPos });
  state.speculative ||= speculative;
  if (env.stack.length > BPF_COMPLEXITY_LIMIT_JMP_SEQ) {
    blame(env, 'The sequence of %d jumps is too complex.\n', env.stack.length);
    return null;
  }
  if (state.parent !== null) state.parent.branches++;
  env.options.onEvent?.({
    kind: 'push',
    visit: env.insnProcessed,
    insn: insnIdx,
    from: prevInsnIdx,
    speculative,
  });
  return state;
}

/**
 * Keeps a callback that runs on its own for later: its state starts afresh (push_async_cb(), Linux 6.18). The caller
 * fills its only frame.
 */
export function pushAsync(env: VerifierEnv, insnIdx: number, prevInsnIdx: number): VerifierState | null {
  const state = new VerifierState();
  state.frames.push(Frame.live());
  state.branches = 1;
  env.stack.push({ state, insnIdx, prevInsnIdx, logPos: env.log.endPos });
  if (env.stack.length > BPF_COMPLEXITY_LIMIT_JMP_SEQ) {
    blame(env, 'The sequence of %d jumps is too complex for async cb.\n', env.stack.length);
    return null;
  }
  env.options.onEvent?.({
    kind: 'push',
    visit: env.insnProcessed,
    insn: insnIdx,
    from: prevInsnIdx,
    speculative: false,
  });
  return state;
}

/** Takes up the branch that was kept last; false when there is none (pop_stack()). */
export function popStack(env: VerifierEnv, popLog: boolean): boolean {
  const elem = env.stack.pop();
  if (elem === undefined) return false;
  env.cur.copyFrom(elem.state);
  if (popLog) env.log.reset(elem.logPos);
  env.insnIdx = elem.insnIdx;
  env.prevInsnIdx = elem.prevInsnIdx;
  env.options.onEvent?.({
    kind: 'pop',
    visit: env.insnProcessed,
    insn: elem.insnIdx,
    from: elem.prevInsnIdx,
  });
  return true;
}
