import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { loadProgram, openObject } from '../../../src-core/bpf/session.ts';
import { WalkTrace } from '../../../src-core/explain/trace.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import { helperId } from '../../../src-core/platform/helper-names.ts';

/** Verifies an assembly text and gives its trace with the number of instructions that the log counts. */
function walk(text: string): { readonly trace: WalkTrace; readonly processed: number } {
  const { object } = assemble(text, { helperId });
  if (object === null) throw new Error('the text does not assemble');
  const spec = loadElf(object, 'test', { vmlinux: null });
  const trace = new WalkTrace(1, 1000);
  const session = openObject(spec, { vmlinux: null, timer: () => 0 });
  const out = loadProgram(session, spec.programs[0], { level: 2, onEvent: trace.listen, shouldStop: null });
  return { trace, processed: out.stats.processed };
}

const BRANCH = `
r1 = *(u32 *)(r1 + 12)
r0 = 1
if r1 == 7 goto out
r0 = 2
out:
exit
`;

describe('the trace of a walk', () => {
  it('has one visit for every instruction that the verifier counts as processed', () => {
    const { trace, processed } = walk(BRANCH);
    expect(trace.visits).toBe(processed);
  });

  it('follows each path from the entry to its end', () => {
    const { trace } = walk(BRANCH);
    const leaves = trace.leaves(10);
    expect(leaves.map((l) => l.end)).toEqual(['exit', 'exit']);
    expect(leaves.map((l) => trace.pathTo(l.visit).map((v) => trace.insnOf(v)))).toEqual([
      [0, 1, 2, 3, 4],
      [0, 1, 2, 4],
    ]);
  });

  it('marks the visit that was refused and keeps the state before it', () => {
    const { trace } = walk('r0 = *(u8 *)(r1 + 100)\nexit\n');
    expect(trace.leaves(10)).toEqual([{ visit: 1, end: 'rejected' }]);
    expect(trace.stateOf(1)?.[0].regs[1]?.text).toBe('ctx()');
  });

  it('says how often the verifier came to an instruction', () => {
    const { trace } = walk('r0 = 0\nagain:\nr0 += 1\nif r0 < 5 goto again\nexit\n');
    expect(trace.visitsOfInsn(1)).toBe(5);
    expect(trace.firstVisit(3)).toBe(trace.visits);
  });
});
