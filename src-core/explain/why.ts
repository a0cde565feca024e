import { loadProgram, type ObjectSession } from '../bpf/session.ts';
import { BpfInsns } from '../isa/program.ts';
import type { ProgramSpec } from '../object/spec.ts';
import { type Explanation, explain } from './explain.ts';
import { failingPath } from './failing-path.ts';
import { type Fix, findFix } from './fixes.ts';
import { type AsmSource, SourceMap } from './spots.ts';

/** Why a program is refused, and a change with which it is not. */
export interface Why extends Explanation {
  /** Null when none of the changes that were tried helps. */
  readonly fix: Fix | null;
}

const QUIET = { level: 0, onEvent: null, shouldStop: null } as const;

/** Explains a program that the verifier refuses; null for one that it does not. Verifies it a few times over. */
export function whyRefused(
  session: ObjectSession,
  prog: ProgramSpec,
  asm: AsmSource | null = null,
): Why | null {
  const { kernel, spec } = session;
  const path = failingPath(BpfInsns.fromBytes(prog.insns), (onEvent) => {
    const outcome = loadProgram(session, prog, { ...QUIET, onEvent });
    if (outcome.fd !== null) kernel.close(outcome.fd);
  });
  const why = path === null ? null : explain(path, new SourceMap(spec, prog, asm));
  if (path === null || why === null) return null;
  const fix = findFix(path, prog, why, (changed) => {
    const tried = loadProgram(session, changed, QUIET);
    if (tried.fd !== null) kernel.close(tried.fd);
    return tried.verdict === 'accept';
  });
  return { ...why, fix };
}
