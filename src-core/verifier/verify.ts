import type { ProgramInput, VerifierStats, VerifyOptions, VerifyResult, XlatedProgram } from './api.ts';
import { walkProgram } from './check/walk.ts';
import { removeFastcallSpills, rewriteProgram } from './fixups/rewrite.ts';
import { growForInlinedLoops, growForMayGoto, remainingStackDepths } from './fixups/stack-depth.ts';
import { BpfLog } from './log/bpf-log.ts';
import { reject, verbose } from './log/verbose.ts';
import { isKfuncCall } from './passes/insn-flow.ts';
import { runPasses } from './passes/run.ts';
import { checkMaxStackDepth } from './passes/stack-depth.ts';
import { BPF_LOG_STATS, VerifierEnv } from './state/env.ts';
import { EINVAL } from './state/errno.ts';
import { Unsupported } from './state/unsupported.ts';

const BPF_COMPLEXITY_LIMIT_INSNS = 1_000_000;

function statsOf(env: VerifierEnv): VerifierStats {
  return {
    processed: env.insnProcessed,
    maxStatesPerInsn: env.maxStatesPerInsn,
    totalStates: env.totalStates,
    peakStates: env.peakStates,
    markRead: env.longestMarkReadWalk,
  };
}

/** print_verification_stats(), Linux 6.18. `usec` is the time that the verification took. */
function printStats(env: VerifierEnv, accepted: boolean, usec: number): void {
  if (env.log.level & BPF_LOG_STATS) {
    verbose(env, 'verification time %d usec\n', usec);
    const depths = accepted ? remainingStackDepths(env) : env.subprogs.map((s) => s.stackDepth);
    verbose(env, 'stack depth %s\n', depths.join('+'));
  }
  verbose(
    env,
    'processed %d insns (limit %d) max_states_per_insn %d total_states %d peak_states %d mark_read %d\n',
    env.insnProcessed,
    BPF_COMPLEXITY_LIMIT_INSNS,
    env.maxStatesPerInsn,
    env.totalStates,
    env.peakStates,
    env.longestMarkReadWalk,
  );
}

/** fixup_kfunc_call(): a call that names no kernel function and is no dead code. */
function refuseUnresolvedKfuncs(env: VerifierEnv): number {
  for (let i = 0; i < env.insns.length; i++) {
    if (env.aux.seen[i] === 0 || !isKfuncCall(env.insns, i) || env.insns.imm[i] !== 0) continue;
    return reject(env, EINVAL, 'invalid kernel function call not eliminated in verifier pass\n');
  }
  return 0;
}

/** Everything after the walk: the program as it runs, or a negative errno. */
function finish(env: VerifierEnv): XlatedProgram | number {
  const insns = env.insns.clone();
  removeFastcallSpills(env, insns);
  const err = checkMaxStackDepth(env);
  if (err) return err;
  growForInlinedLoops(env);
  const unresolved = refuseUnresolvedKfuncs(env);
  if (unresolved) return unresolved;
  const program = rewriteProgram(env, insns);
  growForMayGoto(env);
  return program;
}

function run(env: VerifierEnv, phase: { walking: boolean }): VerifyResult {
  const now = env.options.timer ?? (() => 0);
  const start = now();
  let err = runPasses(env);
  if (!err) {
    phase.walking = true;
    err = walkProgram(env);
  }
  const program = err ? err : finish(env);
  const message = typeof program === 'number' ? env.log.lastLine() : null;
  printStats(env, typeof program !== 'number', Math.round((now() - start) / 1000));
  const log = env.log.toString();
  const logStart = env.log.startPos;
  const stats = statsOf(env);
  if (typeof program !== 'number') return { verdict: 'accept', log, logStart, stats, program };
  const at = phase.walking ? env.cur.insnIdx : null;
  env.options.onEvent?.({
    kind: 'reject',
    visit: env.insnProcessed,
    insn: env.cur.insnIdx,
    errno: -program,
    message,
    reasons: env.reasonsVisit === env.insnProcessed ? env.reasons : [],
  });
  return { verdict: 'reject', errno: -program, log, logStart, stats, at, message };
}

/**
 * Verifies one program as Linux 6.18 on x86-64 would for a privileged caller (bpf_check()): verdict, errno, the log
 * at the level asked for, and the program after dead code is gone. What is not modelled gives the verdict
 * `unsupported`.
 */
export function verify(input: ProgramInput, options: VerifyOptions): VerifyResult {
  const env = new VerifierEnv(input, options, new BpfLog(options.log.level, options.log.size));
  const phase = { walking: false };
  try {
    if (!options.policy.privileged) throw new Unsupported('unprivileged programs');
    return run(env, phase);
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    const at = phase.walking ? env.cur.insnIdx : null;
    return {
      verdict: 'unsupported',
      what: error.what,
      at,
      log: env.log.toString(),
      logStart: env.log.startPos,
      stats: statsOf(env),
    };
  }
}
