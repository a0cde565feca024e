import type { VerifierEnv } from '../state/env.ts';
import { resolveCall } from '../state/resolve-call.ts';

/** What the current path may do at this point, by the locks and regions it is in. */

/** in_rcu_cs(): kernel objects cannot go away here. */
export const inRcuCs = (env: VerifierEnv): boolean =>
  env.cur.activeRcuLocks > 0 || env.cur.activeLocks > 0 || !env.cur.inSleepable;

/** in_sleepable_context(): may a callee sleep? */
export const inSleepableContext = (env: VerifierEnv): boolean =>
  env.cur.activeRcuLocks === 0 &&
  env.cur.activePreemptLocks === 0 &&
  env.cur.activeIrqId === 0 &&
  env.cur.inSleepable;

const TREE_ROLES: ReadonlySet<string> = new Set([
  'rbtree_add',
  'rbtree_remove',
  'rbtree_peek',
  'rbtree_walk',
]);

/** in_rbtree_lock_required_cb(): inside the comparison of bpf_rbtree_add(). */
export function inTreeCallback(env: VerifierEnv): boolean {
  for (let i = env.cur.curframe; i > 0; i--) {
    const frame = env.cur.frames[i];
    if (!frame.inCallbackFn) continue;
    const signature = resolveCall(env, frame.callsite);
    if (signature.kind === 'kfunc' && TREE_ROLES.has(signature.role)) return true;
  }
  return false;
}
