import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { loadProgram, openObject } from '../../../src-core/bpf/session.ts';
import { applyEdit } from '../../../src-core/explain/patch.ts';
import { type Why, whyRefused } from '../../../src-core/explain/why.ts';
import { BpfInsns } from '../../../src-core/isa/program.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import { helperId } from '../../../src-core/platform/helper-names.ts';

function open(text: string) {
  const { object, diagnostics } = assemble(`.license "GPL"\n${text}`, { helperId });
  if (object === null) throw new Error(diagnostics.map((d) => d.message).join('; '));
  const spec = loadElf(object, 'x', { vmlinux: null });
  return { session: openObject(spec, { vmlinux: null, timer: () => 0 }), prog: spec.programs[0] };
}

function why(text: string): Why {
  const { session, prog } = open(text);
  const found = whyRefused(session, prog);
  if (found === null) throw new Error('not refused');
  return found;
}

const XDP = '.section "xdp"\nprog:\n';
const HITS = '.map hits, type=hash, key=4, value=8, max_entries=16\n';
const LOOKUP = `
 *(u32 *)(r10 - 4) = 0
 r1 = hits ll
 r2 = r10
 r2 += -4
 call bpf_map_lookup_elem
`;

describe('why a program is refused', () => {
  it('a packet read without a check: the access, its numbers, a check that helps', () => {
    const w = why(`${XDP} r2 = *(u32 *)(r1 + 0)\n r0 = *(u8 *)(r2 + 13)\n exit\n`);
    expect([w.id, w.category, w.at?.insn, w.root?.insn]).toEqual(['XL-PKT-1', 'memory', 1, 1]);
    expect(w.rule).toBe('13 + 1 <= proven packet length; proven: 0');
    expect(w.witness).toBe('a packet of 0 bytes');
    expect(w.cause.map((c) => c.insn)).toEqual([0]);
    expect(w.fix?.verified).toBe(true);
    expect(w.fix?.diff).toContain('+ r3 += 14');
  });

  it('a lookup that is not checked: the use, and where the pointer is from', () => {
    const w = why(`${HITS}${XDP}${LOOKUP} r0 = *(u64 *)(r0 + 0)\n exit\n`);
    expect([w.id, w.at?.insn]).toEqual(['XL-NULL-1', 6]);
    expect(w.cause.map((c) => c.insn)).toEqual([5]);
    expect(w.fix?.diff).toContain('+ if r0 != 0x0 goto pc+2');
  });

  it('a pointer lost in a 32-bit move: the root is the move, not the use', () => {
    const w = why(`${XDP} r6 = r10\n w6 = w6\n r0 = *(u64 *)(r6 - 8)\n exit\n`);
    expect([w.id, w.at?.insn, w.root?.insn]).toEqual(['XL-TYPE-1', 2, 1]);
  });

  it('a pointer kept over a call that moves the packet is called stale', () => {
    const w = why(`${XDP}
 r6 = r1
 r7 = *(u32 *)(r1 + 0)
 r2 = 0
 call bpf_xdp_adjust_head
 r0 = *(u8 *)(r7 + 0)
 exit
`);
    expect([w.id, w.at?.insn, w.root?.insn]).toEqual(['XL-PKT-3', 4, 4]);
  });

  it('a return value out of range: the root is where it was set', () => {
    const w = why('.section "cgroup_skb/ingress"\nprog:\n r0 = 7\n r6 = 1\n exit\n');
    expect([w.id, w.at?.insn, w.root?.insn]).toEqual(['XL-RET-1', 2, 0]);
    expect(w.fix?.diff).toContain('- 0: r0 = 7');
  });

  it('a value followed through the stack and a function', () => {
    const w = why(`${XDP} r6 = r1
 *(u64 *)(r10 - 8) = r6
 r1 = *(u64 *)(r10 - 8)
 call sub
 exit
sub:
 w1 = w1
 r0 = *(u32 *)(r1 + 0)
 exit
`);
    expect([w.id, w.root?.insn]).toEqual(['XL-TYPE-1', 5]);
    expect(w.cause.map((c) => c.insn)).toEqual([0, 1, 2, 3, 5]);
  });

  it('a loop that comes back to where it was: bounded with may_goto, and named without a log too', () => {
    const text = `${XDP} r6 = 0\nagain:\n r6 ^= 1\n if r6 != 5 goto again\n r0 = 2\n exit\n`;
    const w = why(text);
    expect([w.id, w.at?.insn]).toEqual(['XL-LOOP-1', 1]);
    expect(w.fix?.diff).toContain('+ may_goto pc+1');
    const { session, prog } = open(text);
    const { errno, message } = loadProgram(session, prog, { level: 0, onEvent: null, shouldStop: null });
    expect([errno, message]).toEqual([22, 'infinite loop detected at insn 1']);
  });

  it('nothing for a program that is accepted', () => {
    const { session, prog } = open(`${XDP} r0 = 2\n exit\n`);
    expect(whyRefused(session, prog)).toBeNull();
  });
});

describe('a change of a program', () => {
  const LOOP = `${HITS}${XDP}
 r6 = 0
 r7 = 0
again:
 r7 += r6
 r6 += 1
 r1 = hits ll
 if r6 < 5 goto again
 r1 = r7
 call twice
 exit
twice:
 r0 = r1
 r0 += r1
 exit
`;
  const result = (
    session: ReturnType<typeof open>['session'],
    prog: ReturnType<typeof open>['prog'],
  ): number | string => {
    const { fd, message } = loadProgram(session, prog, { level: 0, onEvent: null, shouldStop: null });
    if (fd === null) return message ?? 'refused';
    const run = session.kernel.testRun(fd, {
      dataIn: new Uint8Array(64),
      ctxIn: new Uint8Array(0),
      repeat: 1,
      engine: 'interp',
    });
    return run.ok ? run.retval : run.why;
  };

  it('leaves the rest as it was, wherever something is put in', () => {
    const { session, prog } = open(LOOP);
    const slots = BpfInsns.fromBytes(prog.insns);
    const nothing = { code: 0xbf, dst: 7, src: 7, off: 0, imm: 0 };
    // The subprogram has no r7 of its own.
    const main = prog.subprograms[1].start;
    for (let at = 2; at < main; at++) {
      if (slots.code[at] === 0) continue;
      expect(result(session, applyEdit(prog, { kind: 'insert', at, insns: [nothing, nothing] }))).toBe(20);
    }
  });
});
