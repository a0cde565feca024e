import { describe, expect, it } from 'vitest';
import { BpfInsns, type RawInsn } from '../../../../src-core/isa/program.ts';
import type { VerifyResult } from '../../../../src-core/verifier/api.ts';
import type { VerifierEvent } from '../../../../src-core/verifier/events.ts';
import { verify } from '../../../../src-core/verifier/verify.ts';
import { compareVerdicts } from '../../../kernel/diff-verifier.ts';
import { oracleMissing } from '../../../kernel/oracle.ts';

const XDP = 6;
const SOCKET_FILTER = 1;
const CGROUP_SKB = 8;
const insn = (code: number, dst = 0, src = 0, off = 0, imm = 0): RawInsn => ({ code, dst, src, off, imm });
const EXIT = insn(0x95);
const R0_0 = insn(0xb7);

function run(
  type: number,
  insns: readonly RawInsn[],
  level = 2,
  onEvent: ((e: VerifierEvent) => void) | null = null,
): VerifyResult {
  const input = {
    name: 'test',
    type,
    expectedAttachType: 0,
    license: 'GPL',
    flags: 0,
    insns: BpfInsns.fromRaw(insns),
    attachBtfId: 0,
    btf: null,
    funcInfo: new Uint8Array(0),
    lineInfo: new Uint8Array(0),
    maps: [],
  };
  return verify(input, {
    policy: { privileged: true, strictAlignment: false },
    log: { level },
    vmlinux: null,
    onEvent,
    shouldStop: null,
  });
}

function rejection(type: number, insns: readonly RawInsn[]): string {
  const result = run(type, insns);
  return result.verdict === 'reject' ? `${result.errno} ${result.message}` : result.verdict;
}

/** r2 = data, r3 = data_end, r4 = r2 + n; if r4 > r3 goto the last exit. */
const boundsCheck = (n: number, skip: number): RawInsn[] => [
  insn(0x61, 2, 1, 0),
  insn(0x61, 3, 1, 4),
  insn(0xbf, 4, 2),
  insn(0x07, 4, 0, 0, n),
  insn(0x2d, 4, 3, skip),
];

// The messages are those of Linux 6.18.44 for the same bytes; where that kernel runs it is asked again.
const cases: [string, number, RawInsn[], string][] = [
  ['a register nobody wrote', XDP, [insn(0xbf, 0, 2), EXIT], '13 R2 !read_ok'],
  ['a write to the frame pointer', XDP, [insn(0xb7, 10), EXIT], '13 frame pointer is read only'],
  [
    'a packet byte without a bounds check',
    XDP,
    [insn(0x61, 2, 1, 0), insn(0x71, 0, 2, 0), EXIT],
    '13 R2 offset is outside of the packet',
  ],
  [
    'a packet byte past the check',
    XDP,
    [...boundsCheck(14, 1), insn(0x71, 0, 2, 14), R0_0, EXIT],
    '13 R2 offset is outside of the packet',
  ],
  ['stack above the frame', XDP, [insn(0x7b, 10, 1, 8), EXIT], '13 invalid write to stack R10 off=8 size=8'],
  [
    'stack below 512 bytes',
    XDP,
    [insn(0x7a, 10, 0, -520), EXIT],
    '13 invalid write to stack R10 off=-520 size=8',
  ],
  [
    'a misaligned stack slot',
    XDP,
    [insn(0x7b, 10, 1, -12), EXIT],
    '13 misaligned stack access off 0+0+-12 size 8',
  ],
  [
    'a context field that is none',
    XDP,
    [insn(0x61, 0, 1, 200), EXIT],
    '13 invalid bpf_context access off=200 size=4',
  ],
  [
    'a moved context',
    XDP,
    [insn(0x07, 1, 0, 0, 4), insn(0x61, 0, 1), EXIT],
    '13 dereference of modified ctx ptr R1 off=4 disallowed',
  ],
  [
    'a write through a number',
    XDP,
    [insn(0xb7, 1), insn(0x7b, 1, 1), EXIT],
    "13 R1 invalid mem access 'scalar'",
  ],
  ['a division by zero', XDP, [R0_0, insn(0x37), EXIT], '22 div by zero'],
  ['a shift by the width', XDP, [R0_0, insn(0x67, 0, 0, 0, 64), EXIT], '22 invalid shift 64'],
  ['the sum of two pointers', XDP, [insn(0x0f, 1, 10), R0_0, EXIT], '13 R1 pointer += pointer prohibited'],
  ['a loop without end', XDP, [R0_0, insn(0x05, 0, 0, -2), EXIT], '22 unreachable insn 2'],
  [
    'a helper of other programs',
    XDP,
    [insn(0x85, 0, 0, 0, 9), EXIT],
    '22 program of this type cannot use helper bpf_skb_store_bytes#9',
  ],
  ['a helper that does not exist', XDP, [insn(0x85, 0, 0, 0, 9999), EXIT], '22 invalid func unknown#9999'],
  [
    'a return code outside the range',
    CGROUP_SKB,
    [insn(0xb7, 0, 0, 0, 4), EXIT],
    '22 At program exit the register R0 has smin=4 smax=4 should have been in [0, 1]',
  ],
  [
    'a legacy load without the context in r6',
    SOCKET_FILTER,
    [insn(0xb7, 6), insn(0x20), EXIT],
    '22 at the time of BPF_LD_ABS|IND R6 != pointer to skb',
  ],
];

describe('what is refused, and why', () => {
  it.each(cases)('%s', (_, type, insns, message) => {
    expect(rejection(type, insns)).toBe(message);
  });

  it.runIf(oracleMissing() === null).each(cases)('%s, whole log as the running kernel', (_, type, insns) => {
    const bytes = BpfInsns.fromRaw(insns).toBytes();
    for (const level of [1, 2]) expect(compareVerdicts({ type, insns: bytes }, level)).toBe('reject');
  });
});

describe('what is accepted', () => {
  it('a bounds check, both ways', () => {
    const result = run(XDP, [...boundsCheck(14, 1), insn(0x71, 0, 2, 13), R0_0, EXIT]);
    expect(result.verdict).toBe('accept');
    expect(result.log).toContain(
      '4: (2d) if r4 > r3 goto pc+1          ; R3=pkt_end() R4=pkt(off=14,r=14)\n' +
        '5: (71) r0 = *(u8 *)(r2 +13)          ; R0=scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)) R2=pkt(r=14)\n',
    );
  });

  it('a bounded loop, with the states that it took', () => {
    const result = run(XDP, [R0_0, insn(0x07, 0, 0, 0, 1), insn(0xa5, 0, 0, -2, 10), EXIT], 1);
    expect(result.verdict).toBe('accept');
    expect(result.stats.processed).toBe(22);
    expect(result.log).toBe(
      'processed 22 insns (limit 1000000) max_states_per_insn 1 total_states 2 peak_states 2 mark_read 0\n',
    );
  });

  it('a call, and its frames in the log', () => {
    const result = run(XDP, [insn(0x85, 0, 1, 0, 1), EXIT, insn(0xb7, 0, 0, 0, 2), EXIT]);
    expect(result.verdict).toBe('accept');
    expect(result.log).toContain('caller:\n R10=fp0\ncallee:\n frame1: R1=ctx() R10=fp0\n');
    expect(result.log).toContain(
      'returning from callee:\n frame1: R0=2 R1=ctx() R10=fp0\nto caller at 1:\n R0=2 R10=fp0\n',
    );
  });

  it('dead code, which the program then has no more', () => {
    const result = run(XDP, [R0_0, insn(0x15, 0, 0, 1, 0), insn(0xb7, 0, 0, 0, 7), EXIT]);
    if (result.verdict !== 'accept') throw new Error(result.verdict);
    expect([...result.program.insns.code]).toEqual([0xb7, 0x95]);
    expect([...result.program.origin]).toEqual([0, 3]);
  });
});

describe('what is not modelled', () => {
  it('is named, with the instruction', () => {
    const result = run(XDP, [insn(0x85, 0, 2, 0, 5), EXIT]);
    expect(result.verdict).toBe('unsupported');
    if (result.verdict === 'unsupported') expect(result.what).toMatch(/BTF of the kernel/);
  });

  it('includes callers without privileges', () => {
    const input = {
      name: 'test',
      type: XDP,
      expectedAttachType: 0,
      license: 'GPL',
      flags: 0,
      insns: BpfInsns.fromRaw([R0_0, EXIT]),
      attachBtfId: 0,
      btf: null,
      funcInfo: new Uint8Array(0),
      lineInfo: new Uint8Array(0),
      maps: [],
    };
    const result = verify(input, {
      policy: { privileged: false, strictAlignment: false },
      log: { level: 1 },
      vmlinux: null,
      onEvent: null,
      shouldStop: null,
    });
    expect(result).toMatchObject({ verdict: 'unsupported', what: 'unprivileged programs' });
  });
});

describe('options that change the text only', () => {
  it.each([0, 1, 2, 4, 7])('log level %d gives the same verdict and counters', (level) => {
    const insns = [...boundsCheck(14, 1), insn(0x71, 0, 2, 13), R0_0, EXIT];
    expect(run(XDP, insns, level).stats).toEqual(run(XDP, insns, 2).stats);
    expect(run(XDP, insns, level).verdict).toBe('accept');
  });
});

describe('events', () => {
  it('tell every visit, the branch that waited and the end of each path', () => {
    const events: VerifierEvent[] = [];
    let regs = '';
    run(XDP, [...boundsCheck(14, 1), insn(0x71, 0, 2, 13), R0_0, EXIT], 2, (e) => {
      events.push(e);
      if (e.kind === 'visit' && e.insn === 5) regs = e.frames()[0].regs[2]?.text ?? '';
    });
    const kinds = events.map((e) => e.kind);
    expect(kinds.filter((k) => k === 'visit')).toHaveLength(10);
    expect(kinds.filter((k) => k === 'push')).toHaveLength(1);
    expect(kinds.filter((k) => k === 'pop')).toHaveLength(1);
    expect(kinds.filter((k) => k === 'path-end')).toHaveLength(2);
    expect(regs).toBe('pkt(r=14)');
  });

  it('tell the refusal with its message', () => {
    const rejects: VerifierEvent[] = [];
    run(XDP, [insn(0xbf, 0, 2), EXIT], 1, (e) => {
      if (e.kind === 'reject') rejects.push(e);
    });
    expect(rejects).toMatchObject([{ insn: 0, errno: 13, message: 'R2 !read_ok' }]);
  });
});
