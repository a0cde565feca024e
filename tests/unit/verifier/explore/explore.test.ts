import { beforeEach, describe, expect, it } from 'vitest';
import { BpfInsns } from '../../../../src-core/isa/program.ts';
import { U32_MAX, UMAX_LO } from '../../../../src-core/verifier/domain/layout.ts';
import { markRegKnown, markRegUnknown } from '../../../../src-core/verifier/domain/reg.ts';
import { EXACT, NOT_EXACT, RANGE_WITHIN, statesEqual } from '../../../../src-core/verifier/explore/equal.ts';
import { fmtRegMask, fmtStackMask } from '../../../../src-core/verifier/explore/masks.ts';
import { BpfLog } from '../../../../src-core/verifier/log/bpf-log.ts';
import { VerifierEnv } from '../../../../src-core/verifier/state/env.ts';
import {
  PTR_TO_PACKET,
  SCALAR_VALUE,
  STACK_MISC,
  STACK_SPILL,
  STACK_ZERO,
} from '../../../../src-core/verifier/state/reg-type.ts';
import { VerifierState } from '../../../../src-core/verifier/state/state.ts';

let env: VerifierEnv;
let old: VerifierState;
let cur: VerifierState;

beforeEach(() => {
  const input = {
    name: 'test',
    type: 6,
    expectedAttachType: 0,
    license: 'GPL',
    flags: 0,
    insns: BpfInsns.fromRaw([{ code: 0x95, dst: 0, src: 0, off: 0, imm: 0 }]),
    attachBtfId: 0,
    btf: null,
    funcInfo: new Uint8Array(0),
    lineInfo: new Uint8Array(0),
    maps: [],
  };
  const options = {
    policy: { privileged: true, strictAlignment: false },
    log: { level: 0 },
    vmlinux: null,
    onEvent: null,
    shouldStop: null,
  };
  env = new VerifierEnv(input, options, new BpfLog(0));
  env.aux.liveRegsBefore[0] = 0x3ff;
  old = VerifierState.live();
  cur = VerifierState.live();
});

function scalar(st: VerifierState, regno: number, value: number | null, precise = false): void {
  const reg = st.reg(regno);
  reg.type = SCALAR_VALUE;
  reg.precise = precise;
  if (value === null) markRegUnknown(reg.a, reg.o);
  else markRegKnown(reg.a, reg.o, value, 0);
}

describe('statesEqual', () => {
  it('takes any number where the old one need not be precise', () => {
    scalar(old, 1, 4);
    scalar(cur, 1, 5);
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(true);
    expect(statesEqual(env, old, cur, RANGE_WITHIN)).toBe(false);
    scalar(old, 1, 4, true);
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(false);
  });

  it('takes a number within the bounds of a precise one', () => {
    scalar(old, 1, null, true);
    scalar(cur, 1, 5);
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(true);
    old.reg(1).a[old.reg(1).o + UMAX_LO] = 4;
    old.reg(1).a[old.reg(1).o + UMAX_LO + 1] = 0;
    old.reg(1).a[old.reg(1).o + U32_MAX] = 4;
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(false);
  });

  it('does not look at registers that are dead', () => {
    scalar(old, 9, 4, true);
    env.aux.liveRegsBefore[0] = 0;
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(true);
  });

  it('wants ties between registers to be the same', () => {
    for (const r of [1, 2]) {
      scalar(old, r, null, true);
      scalar(cur, r, null, true);
      old.reg(r).id = 3;
    }
    cur.reg(1).id = 8;
    cur.reg(2).id = 8;
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(true);
    cur.reg(2).id = 9;
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(false);
  });

  it('wants at least the range that a packet pointer was checked for', () => {
    for (const st of [old, cur]) {
      scalar(st, 1, 0);
      st.reg(1).type = PTR_TO_PACKET;
      st.reg(1).range = 14;
    }
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(true);
    cur.reg(1).range = 13;
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(false);
  });

  it('ignores plain stack bytes, but not zeros and spilled registers', () => {
    old.func.grow(8);
    old.func.slot(0).fillSlotType(STACK_MISC);
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(true);
    expect(statesEqual(env, old, cur, EXACT)).toBe(false);
    old.func.slot(0).fillSlotType(STACK_ZERO);
    cur.func.grow(8);
    cur.func.slot(0).fillSlotType(STACK_MISC);
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(false);
    old.func.slot(0).fillSlotType(STACK_SPILL);
    old.func.slot(0).type = SCALAR_VALUE;
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(true);
    old.func.slot(0).precise = true;
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(false);
  });

  it('never lets frames of another call site pass', () => {
    old.func.callsite = 4;
    expect(statesEqual(env, old, cur, NOT_EXACT)).toBe(false);
  });
});

describe('masks', () => {
  it('print as in the log', () => {
    expect(fmtRegMask(0x15)).toBe('r0,r2,r4');
    expect(fmtStackMask(0x15, 1)).toBe('-8,-24,-40,-264');
    expect(fmtRegMask(0)).toBe('');
  });
});
