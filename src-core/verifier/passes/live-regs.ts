import * as op from '../../isa/opcodes.ts';
import type { BpfInsns } from '../../isa/program.ts';
import { insnText, verbose } from '../log/verbose.ts';
import { BPF_LOG_LEVEL2, type VerifierEnv } from '../state/env.ts';
import { callSummary } from './call-summary.ts';
import { insnSuccessors, isLdImm64 } from './insn-flow.ts';

/** r0-r5 */
const ALL_CALLER_SAVED_REGS = 0x3f;
const ALL_REGS = 0xffff;

/** Registers that an instruction reads (low half) and writes (high half), as bit masks. */
function pack(use: number, def: number): number {
  return (use & 0xffff) | (def << 16);
}

/** GENMASK(params, 1): r1 to r`params`. */
function paramMask(params: number): number {
  return (1 << (params + 1)) - 2;
}

function atomicUseDef(imm: number, dst: number, src: number): number {
  switch (imm) {
    case op.BPF_CMPXCHG:
      return pack(1 | dst | src, 1);
    case op.BPF_LOAD_ACQ:
      return pack(src, dst);
    case op.BPF_STORE_REL:
      return pack(dst | src, 0);
    default:
      return pack(dst | src, (imm & op.BPF_FETCH) !== 0 ? src : 0);
  }
}

function aluUseDef(code: number, dst: number, src: number): number {
  const operand = op.srcOf(code) === op.BPF_X ? src : 0;
  if (op.opOf(code) === op.BPF_END) return pack(dst, dst);
  return pack(op.opOf(code) === op.BPF_MOV ? operand : dst | operand, dst);
}

function jumpUseDef(env: VerifierEnv, i: number, dst: number, src: number): number {
  const code = env.insns.code[i];
  const isX = op.srcOf(code) === op.BPF_X;
  switch (op.opOf(code)) {
    case op.BPF_JA:
      return pack(isX ? dst : 0, 0);
    case op.BPF_JCOND:
      return 0;
    case op.BPF_EXIT:
      return pack(1, 0);
    case op.BPF_CALL: {
      const summary = callSummary(env, i);
      return pack(summary === null ? 0x3e : paramMask(summary.numParams), ALL_CALLER_SAVED_REGS);
    }
    default:
      return pack(isX ? dst | src : dst, 0);
  }
}

/** compute_insn_live_regs(): what is not known uses everything. */
function insnUseDef(env: VerifierEnv, i: number): number {
  const { insns } = env;
  const code = insns.code[i];
  const dst = 1 << insns.dst[i];
  const src = 1 << insns.src[i];
  const mode = op.modeOf(code);
  switch (op.classOf(code)) {
    case op.BPF_LD:
      return isLdImm64(insns, i) ? pack(0, dst) : pack(ALL_REGS, 0);
    case op.BPF_LDX:
      return mode === op.BPF_MEM || mode === op.BPF_MEMSX ? pack(src, dst) : pack(ALL_REGS, 0);
    case op.BPF_ST:
      return mode === op.BPF_MEM ? pack(dst, 0) : pack(ALL_REGS, 0);
    case op.BPF_STX:
      if (mode === op.BPF_MEM) return pack(dst | src, 0);
      return mode === op.BPF_ATOMIC ? atomicUseDef(insns.imm[i], dst, src) : pack(ALL_REGS, 0);
    case op.BPF_ALU:
    case op.BPF_ALU64:
      return aluUseDef(code, dst, src);
    default:
      return jumpUseDef(env, i, dst, src);
  }
}

/** One pass over the instructions in post-order; true when something changed. */
function propagate(
  insns: BpfInsns,
  order: Int32Array,
  useDefs: Int32Array,
  before: Uint16Array,
  succ: Int32Array,
): boolean {
  let changed = false;
  for (const i of order) {
    let out = 0;
    const succs = insnSuccessors(insns, i, succ);
    for (let s = 0; s < succs; s++) out |= before[succ[s]];
    const live = ((out & ~(useDefs[i] >>> 16)) | useDefs[i]) & 0xffff;
    if (live !== before[i]) {
      before[i] = live;
      changed = true;
    }
  }
  return changed;
}

/** "  1   5: .1....6... (b7) r0 = 0": the loop's number, then the registers alive before the instruction. */
function liveLine(env: VerifierEnv, i: number): string {
  const scc = env.aux.scc[i];
  let regs = '';
  for (let r = 0; r < op.BPF_REG_10; r++) regs += (env.aux.liveRegsBefore[i] >>> r) & 1 ? String(r) : '.';
  const loop = scc === 0 ? '    ' : `${String(scc).padStart(3)} `;
  return `${loop}${String(i).padStart(3)}: ${regs} ${insnText(env, i)}`;
}

function printLiveRegs(env: VerifierEnv): void {
  verbose(env, 'Live regs before insn:\n');
  for (let i = 0; i < env.insns.length; i++) {
    env.log.write(liveLine(env, i));
    if (isLdImm64(env.insns, i)) i++;
  }
}

/**
 * compute_live_registers(): for each instruction the registers whose value may still be read
 * (env.aux.liveRegsBefore). Level 2 prints the table.
 */
export function computeLiveRegisters(env: VerifierEnv): void {
  const { insns } = env;
  const useDefs = Int32Array.from({ length: insns.length }, (_, i) => insnUseDef(env, i));
  const before = env.aux.liveRegsBefore;
  const succ = new Int32Array(2);
  while (propagate(insns, env.insnPostorder, useDefs, before, succ));
  if ((env.log.level & BPF_LOG_LEVEL2) !== 0) printLiveRegs(env);
}
