import { describe, expect, it } from 'vitest';
import { BacktrackState } from '../../../../src-core/verifier/state/backtrack-state.ts';
import { Frame } from '../../../../src-core/verifier/state/frame.ts';
import {
  SCALAR_VALUE,
  STACK_INVALID,
  STACK_MISC,
  STACK_SPILL,
} from '../../../../src-core/verifier/state/reg-type.ts';
import { VerifierState } from '../../../../src-core/verifier/state/state.ts';

describe('Frame', () => {
  it('tracks new stack slots as never written, also where an earlier path had written', () => {
    const frame = Frame.live();
    frame.grow(16);
    frame.slot(1).fillSlotType(STACK_MISC);
    const short = Frame.live().clone();
    frame.copyFrom(short);
    expect(frame.slots).toBe(0);
    frame.grow(9);
    expect(frame.slots).toBe(2);
    expect(frame.slot(1).slotType(7)).toBe(STACK_INVALID);
  });

  it('keeps registers and slots in a compact copy that later changes do not reach', () => {
    const frame = Frame.live();
    frame.reg(3).type = SCALAR_VALUE;
    frame.reg(3).id = 7;
    frame.grow(8);
    frame.slot(0).setSlotType(7, STACK_SPILL);
    const copy = frame.clone();
    frame.reg(3).id = 8;
    frame.slot(0).setSlotType(7, STACK_MISC);
    expect(copy.reg(3).id).toBe(7);
    expect(copy.slot(0).slotType(7)).toBe(STACK_SPILL);
    expect(copy.words.length).toBeLessThan(frame.words.length);
  });

  it('grows a compact copy without losing what it held', () => {
    const frame = Frame.live();
    frame.reg(1).off = -5;
    const copy = frame.clone();
    copy.grow(24);
    expect(copy.reg(1).off).toBe(-5);
    expect(copy.slots).toBe(3);
  });
});

describe('Reg', () => {
  it('assigns everything but the kinds of stack bytes', () => {
    const frame = Frame.live();
    frame.grow(8);
    const slot = frame.slot(0);
    slot.fillSlotType(STACK_MISC);
    frame.reg(2).type = SCALAR_VALUE;
    frame.reg(2).precise = true;
    slot.assign(frame.reg(2));
    expect(slot.type).toBe(SCALAR_VALUE);
    expect(slot.precise).toBe(true);
    expect(slot.slotType(0)).toBe(STACK_MISC);
  });
});

describe('VerifierState', () => {
  it('gives a waiting branch its own newest history entry', () => {
    const state = VerifierState.live();
    state.jmpHistory.push({ idx: 4, prevIdx: 3, flags: 0, linkedRegs: null });
    const branch = state.clone();
    state.jmpHistory[0].flags = 1;
    expect(branch.jmpHistory[0].flags).toBe(0);
  });

  it('gives a waiting branch its own references', () => {
    const state = VerifierState.live();
    state.refs.push({ type: 2, id: 1, insnIdx: 0, owner: 0 });
    const branch = state.clone();
    state.refs.pop();
    expect(branch.refs).toHaveLength(1);
  });
});

describe('BacktrackState', () => {
  it('keeps registers and all 64 slots of each frame apart', () => {
    const bt = new BacktrackState();
    bt.frame = 1;
    expect(bt.isEmpty()).toBe(true);
    bt.setSlot(0, 31);
    bt.setSlot(1, 32);
    bt.setReg(9);
    expect([bt.hasSlot(0, 31), bt.hasSlot(1, 31), bt.hasSlot(1, 32)]).toEqual([true, false, true]);
    bt.clearSlot(1, 32);
    bt.clearReg(9);
    expect(bt.slotsEmpty()).toBe(true);
    expect(bt.isEmpty()).toBe(false);
    bt.reset();
    expect(bt.isEmpty()).toBe(true);
  });
});
