import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { type Stage, setStage } from '../../../src-core/bpf/tape.ts';
import { vmlinuxBtf } from '../../../src-core/cli/load-file.ts';
import { helperId } from '../../../src-core/platform/helper-names.ts';
import type { HostEvent } from '../../../src-core/sim/events.ts';
import { toHex } from '../../../src-core/sim/hex.ts';
import { VmMemory } from '../../../src-core/vm/memory.ts';
import { KernelStructs } from '../../../src-core/vm/task-struct.ts';

const ENGINES = ['jit', 'interp'] as const;
const EVENT: HostEvent = { kind: 'function', name: 'do_unlinkat', args: [], ret: 0 };

function stageOf(text: string, ...programs: readonly string[]): Stage {
  const { object, diagnostics } = assemble(text, { helperId });
  if (object === null) throw new Error(`${diagnostics[0].line}: ${diagnostics[0].message}`);
  return setStage({ name: 'task', object: toHex(object), programs }, vmlinuxBtf);
}

/** Offset of a member of struct task_struct. */
const offset = (path: string): number =>
  new KernelStructs(new VmMemory(), vmlinuxBtf).member('task_struct', path, 0);

describe.each(ENGINES)('the current task (%s)', (engine) => {
  const readsField = (path: readonly string[]): string => `.section "kprobe/do_unlinkat"
reads:
    call bpf_get_current_task
    *(u64 *)(r10 - 8) = r0
${path
  .map(
    (member) => `    r3 = *(u64 *)(r10 - 8)
    r3 += ${offset(member)}
    r1 = r10
    r1 += -8
    r2 = 8
    call bpf_probe_read_kernel
`,
  )
  .join('')}    r0 = *(u32 *)(r10 - 8)
    exit
`;
  it.each([
    [['pid'], 1000],
    [['real_parent', 'pid'], 1],
    [['group_leader', 'tgid'], 1000],
    [['mm'], 0],
  ] as const)('has its members where the kernel has them: %s', (path, expected) => {
    const stage = stageOf(readsField(path), 'reads');
    stage.session.kernel.host.engine = engine;
    expect(stage.fire(EVENT)[0]).toMatchObject({ retval: expected, error: null });
  });
});

describe('kernel structures', () => {
  it('are one a task', () => {
    const structs = new KernelStructs(new VmMemory(), vmlinuxBtf);
    const task = { pid: 7, tgid: 7, uid: 3, gid: 4, comm: 'seven' };
    expect(structs.task(task)).toBe(structs.task(task));
    expect(structs.task({ ...task })).not.toBe(structs.task(task));
  });
  it('refuse members that they have not, and all without BTF', () => {
    const structs = new KernelStructs(new VmMemory(), vmlinuxBtf);
    expect(() => structs.member('task_struct', 'no_such_member', 0)).toThrow(/has no member no_such_member/);
    expect(() => new KernelStructs(new VmMemory(), () => null).create('cred')).toThrow(/need its BTF/);
  });
});
