import { NUM_WORDS } from '../domain/layout.ts';
import type { FrameView, RegView, SlotView } from '../events.ts';
import { regText, regTypeStr, slotLetters } from '../log/state.ts';
import type { VerifierEnv } from '../state/env.ts';
import { BPF_REG_SIZE, type Frame } from '../state/frame.ts';
import type { Reg } from '../state/reg.ts';
import {
  baseType,
  NOT_INIT,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  typeIsPktPointer,
} from '../state/reg-type.ts';
import { isSpilledReg } from './regs.ts';

const BPF_MAIN_FUNC = -1;

function sizeBehind(env: VerifierEnv, reg: Reg): number | null {
  const base = baseType(reg.type);
  if (base === PTR_TO_MAP_VALUE) return env.maps[reg.map]?.valueSize ?? null;
  if (base === PTR_TO_MAP_KEY) return env.maps[reg.map]?.keySize ?? null;
  return base === PTR_TO_MEM ? reg.memSize : null;
}

function regView(env: VerifierEnv, frame: Frame, reg: Reg): RegView {
  return {
    type: regTypeStr(reg.type),
    text: regText(env, frame, reg),
    id: reg.id,
    refObjId: reg.refObjId,
    off: reg.off,
    range: typeIsPktPointer(reg.type) ? reg.range : 0,
    frameno: reg.frameno,
    size: sizeBehind(env, reg),
    precise: reg.precise,
    num: reg.a.slice(reg.o, reg.o + NUM_WORDS),
  };
}

function frameView(env: VerifierEnv, frame: Frame): FrameView {
  const regs: (RegView | null)[] = [];
  for (let i = 0; i <= 10; i++) {
    const reg = frame.reg(i);
    regs.push(reg.type === NOT_INIT ? null : regView(env, frame, reg));
  }
  const stack: SlotView[] = [];
  for (let spi = 0; spi < frame.slots; spi++) {
    const slot = frame.slot(spi);
    stack.push({
      offset: -(spi + 1) * BPF_REG_SIZE,
      bytes: slotLetters(slot),
      spilled: isSpilledReg(slot) ? regView(env, frame, slot) : null,
    });
  }
  return {
    frame: frame.frameno,
    callSite: frame.callsite === BPF_MAIN_FUNC ? null : frame.callsite,
    regs,
    stack,
  };
}

/** The current path's frames as the events show them. */
export function snapshot(env: VerifierEnv): FrameView[] {
  return env.cur.frames.slice(0, env.cur.curframe + 1).map((frame) => frameView(env, frame));
}
