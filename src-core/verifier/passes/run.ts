import type { VerifierEnv } from '../state/env.ts';
import { checkAttachBtfId } from './attach.ts';
import { checkBtfInfo, checkBtfInfoEarly } from './btf-info.ts';
import { checkCfg } from './cfg.ts';
import { markFastcallPatterns } from './fastcall.ts';
import { resolvePseudoLdimm64 } from './ldimm64.ts';
import { computeLiveRegisters } from './live-regs.ts';
import { StackLivenessAnalysis } from './liveness/liveness.ts';
import { computePostorder } from './postorder.ts';
import { computeScc } from './scc.ts';
import { addSubprogAndKfunc, checkSubprogs } from './subprogs.ts';

/** All passes before the walk, in the order of bpf_check(); 0 or the -errno of the first that refuses. */
export function runPasses(env: VerifierEnv): number {
  const err =
    checkBtfInfoEarly(env) ||
    addSubprogAndKfunc(env) ||
    checkSubprogs(env) ||
    checkBtfInfo(env) ||
    resolvePseudoLdimm64(env) ||
    checkCfg(env);
  if (err !== 0) return err;
  computePostorder(env);
  env.liveness = new StackLivenessAnalysis(env);
  const attachErr = checkAttachBtfId(env);
  if (attachErr !== 0) return attachErr;
  computeScc(env);
  computeLiveRegisters(env);
  markFastcallPatterns(env);
  return 0;
}
