import { BPF_REG_FP } from '../../isa/opcodes.ts';
import { scalar32MinMaxAdd, scalarMinMaxAdd } from '../domain/arith.ts';
import { regBoundsSync } from '../domain/bounds.ts';
import { zext32To64 } from '../domain/coerce.ts';
import { tnumAdd } from '../domain/tnum.ts';
import { frameInsnIdx } from '../explore/callchain.ts';
import type { VerifierEnv } from '../state/env.ts';
import { BPF_ADD_CONST, BPF_ADD_CONST32, Reg } from '../state/reg.ts';
import { SCALAR_VALUE } from '../state/reg-type.ts';
import type { LinkedReg, VerifierState } from '../state/state.ts';
import { clearScalarId, isSpilledReg, markRegKnown } from './regs.ts';

/** As many as the kernel packs in one history entry. */
const LINKED_REGS_MAX = 6;

function collect(
  set: LinkedReg[],
  reg: Reg,
  id: number,
  frameno: number,
  regno: number,
  isReg: boolean,
): void {
  if (reg.type !== SCALAR_VALUE || (reg.id & ~BPF_ADD_CONST) !== id) return;
  if (set.length < LINKED_REGS_MAX) set.push({ frameno, regno, isReg });
  else clearScalarId(reg);
}

/** The live registers and spilled registers that share a scalar id (collect_linked_regs(), Linux 6.18). */
export function collectLinkedRegs(
  env: VerifierEnv,
  st: VerifierState,
  withFlag: number,
  set: LinkedReg[],
): void {
  const id = withFlag & ~BPF_ADD_CONST;
  for (let i = st.curframe; i >= 0; i--) {
    const live = env.aux.liveRegsBefore[frameInsnIdx(st, i)];
    const func = st.frames[i];
    for (let j = 0; j < BPF_REG_FP; j++) {
      if ((live >>> j) & 1) collect(set, func.reg(j), id, i, j, true);
    }
    for (let j = 0; j < func.slots; j++) {
      const slot = func.slot(j);
      if (isSpilledReg(slot)) collect(set, slot, id, i, j, false);
    }
  }
}

const delta = Reg.alone();

/** `reg` becomes `known` plus the constant distance between the two. */
function assignAtDistance(reg: Reg, known: Reg): void {
  const { off, id } = reg;
  delta.type = SCALAR_VALUE;
  const distance = off - known.off;
  markRegKnown(delta, distance | 0, Math.floor(distance / 0x1_0000_0000));
  reg.assign(known);
  reg.off = off;
  reg.id = id;
  scalar32MinMaxAdd(reg.a, reg.o, delta.a, delta.o);
  scalarMinMaxAdd(reg.a, reg.o, delta.a, delta.o);
  tnumAdd(reg.a, reg.o, reg.a, reg.o, delta.a, delta.o);
  if (((reg.id | known.id) & BPF_ADD_CONST32) !== 0) zext32To64(reg.a, reg.o);
  regBoundsSync(reg.a, reg.o);
}

/** Hands what is now known of one register to those tied to it (sync_linked_regs(), Linux 6.18). */
export function syncLinkedRegs(st: VerifierState, known: Reg, set: readonly LinkedReg[]): void {
  for (const e of set) {
    const frame = st.frames[e.frameno];
    const reg = e.isReg ? frame.reg(e.regno) : frame.slot(e.regno);
    if (reg.type !== SCALAR_VALUE || reg === known) continue;
    if ((reg.id & ~BPF_ADD_CONST) !== (known.id & ~BPF_ADD_CONST)) continue;
    // A distance of 32 bits says nothing about one of 64.
    if (((reg.id ^ known.id) & BPF_ADD_CONST) === BPF_ADD_CONST) continue;
    if (((reg.id | known.id) & BPF_ADD_CONST) === 0 || reg.off === known.off) reg.assign(known);
    else assignAtDistance(reg, known);
  }
}
