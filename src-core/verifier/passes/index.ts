/** What bpf_check() does before the walk, in its order, and the stack depth after it. */
export { checkAttachBtfId } from './attach.ts';
export { checkBtfInfo, checkBtfInfoEarly } from './btf-info.ts';
export { type CallSummary, callSummary } from './call-summary.ts';
export { checkCfg } from './cfg.ts';
export { markFastcallPatterns } from './fastcall.ts';
export * from './insn-flow.ts';
export { resolvePseudoLdimm64 } from './ldimm64.ts';
export { computeLiveRegisters } from './live-regs.ts';
export { StackLivenessAnalysis } from './liveness/liveness.ts';
export { computePostorder } from './postorder.ts';
export { runPasses } from './run.ts';
export { computeScc } from './scc.ts';
export { checkMaxStackDepth } from './stack-depth.ts';
export { addSubprogAndKfunc, checkSubprogs, findContainingSubprog, isGplCompatible } from './subprogs.ts';
