import type { Btf } from '../btf/btf.ts';
import type { TaskInfo } from './activation.ts';
import { VmFault } from './fault.ts';
import type { VmMemory } from './memory.ts';

/** Offset in bytes of a member, members of unnamed structures included; null where there is none. */
function offsetOf(
  btf: Btf,
  structId: number,
  name: string,
): { readonly at: number; readonly type: number } | null {
  const t = btf.typeById(btf.skipModsAndTypedefs(structId));
  if (t.kind !== 'struct' && t.kind !== 'union') return null;
  for (const member of t.members) {
    const at = member.bitOffset >> 3;
    if (member.name === name) return { at, type: member.type };
    const inner = member.name === '' ? offsetOf(btf, member.type, name) : null;
    if (inner !== null) return { at: at + inner.at, type: inner.type };
  }
  return null;
}

/**
 * Kernel structures in linear memory, laid out as the kernel's BTF says, so that reads of their members and chains of
 * pointers find sensible values. What is not set is zero, and so is what a null pointer leads to.
 */
export class KernelStructs {
  private readonly tasks = new Map<TaskInfo, number>();

  constructor(
    private readonly memory: VmMemory,
    private readonly vmlinux: () => Btf | null,
  ) {}

  private types(): Btf {
    const btf = this.vmlinux();
    if (btf === null) throw new VmFault('helper', "the kernel's structures need its BTF");
    return btf;
  }

  /** A zeroed structure. */
  create(name: string): number {
    const btf = this.types();
    const id = btf.findByName(name, 'struct');
    const at = id === null ? null : this.memory.alloc(btf.resolveSize(id));
    if (at === null) throw new VmFault('memory', `no memory for struct ${name}`);
    return at;
  }

  /** Where a member lies, by its path: "cred.uid.val". */
  member(struct: string, path: string, base: number): number {
    const btf = this.types();
    let type = btf.findByName(struct, 'struct') ?? 0;
    let at = base;
    for (const name of path.split('.')) {
      const found = offsetOf(btf, type, name);
      if (found === null) throw new VmFault('helper', `struct ${struct} has no member ${path}`);
      at += found.at;
      type = found.type;
    }
    return at;
  }
  set(struct: string, path: string, base: number, value: number): void {
    this.memory.setU32(this.member(struct, path, base), value);
  }

  /** The struct task_struct of a task, made when it is first asked for. */
  task(info: TaskInfo): number {
    const known = this.tasks.get(info);
    if (known !== undefined) return known;
    const task = this.create('task_struct');
    this.tasks.set(info, task);
    const init = info.pid === INIT.pid ? task : this.task(INIT);
    this.set('task_struct', 'pid', task, info.pid);
    this.set('task_struct', 'tgid', task, info.tgid);
    for (const link of ['real_parent', 'parent']) this.set('task_struct', link, task, init);
    this.set('task_struct', 'group_leader', task, task);
    const comm = new TextEncoder().encode(info.comm).subarray(0, COMM_LENGTH - 1);
    this.memory.bytes.set(comm, this.member('task_struct', 'comm', task));
    this.credentials(task, info);
    return task;
  }

  private credentials(task: number, { uid, gid }: TaskInfo): void {
    const cred = this.create('cred');
    for (const id of ['uid', 'suid', 'euid', 'fsuid']) this.set('cred', `${id}.val`, cred, uid);
    for (const id of ['gid', 'sgid', 'egid', 'fsgid']) this.set('cred', `${id}.val`, cred, gid);
    for (const link of ['cred', 'real_cred']) this.set('task_struct', link, task, cred);
  }
}

const COMM_LENGTH = 16;
/** The first process, whose child every other one is here. */
const INIT: TaskInfo = { pid: 1, tgid: 1, uid: 0, gid: 0, comm: 'init' };
