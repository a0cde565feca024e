import type { Btf } from '../btf/btf.ts';
import { ATTACH_TYPE_NAMES, BPF_PROG_TYPE, PROG_TYPE_NAMES } from '../uapi/prog-types.ts';
import type { Prog } from './model.ts';
import { findSectionDef, SEC_ATTACH_BTF, SECTION_DEFS, type SectionDef } from './section-defs.ts';

/** What a caller knows of a program when it chooses its type. */
export interface ProgramChoice {
  readonly name: string;
  readonly section: string;
}

/** Kinds that need no target, in words of namedProgKind(): what a person may choose for any program. */
export const PLAIN_KINDS: readonly string[] = SECTION_DEFS.filter(
  (d) => (d.flags & SEC_ATTACH_BTF) === 0 && d.type !== BPF_PROG_TYPE.struct_ops,
).map((d) => d.pattern.replace(/\+$/, ''));

/** What a program's type comes with when only the type is named: its plainest section, else no attach type. */
function defOfType(type: number): SectionDef {
  const named = findSectionDef(PROG_TYPE_NAMES[type]);
  if (named?.type === type) return named;
  const plain = SECTION_DEFS.find((d) => d.type === type && d.attach === 0);
  return plain ?? SECTION_DEFS.find((d) => d.type === type) ?? { pattern: '', type, attach: 0, flags: 0 };
}

const numberOf = (names: readonly string[], name: string): number => names.indexOf(name);

/**
 * A program type in words: libbpf's name of it, alone or with an attach type ("cgroup_sock_addr/cgroup_inet4_connect"),
 * or what a section could be called ("tc", "kprobe/do_unlinkat"). Null when it is neither.
 */
export function namedProgKind(words: string): SectionDef | null {
  const [typeName, attachName, ...more] = words.split('/');
  const type = numberOf(PROG_TYPE_NAMES, typeName);
  const attach = numberOf(ATTACH_TYPE_NAMES, attachName);
  if (type > 0 && more.length === 0) {
    if (attachName === undefined) return defOfType(type);
    if (attach >= 0) return { ...defOfType(type), attach };
  }
  return findSectionDef(words);
}

/** Gives programs the type that the caller chose; what it does not choose stays as the section names it. */
export function chooseProgKinds(
  progs: readonly Prog[],
  choose: (prog: ProgramChoice) => string | null,
): void {
  for (const prog of progs) {
    const words = prog.isSubprog ? null : choose({ name: prog.name, section: prog.section });
    const def = words === null ? null : namedProgKind(words);
    if (words === null || def === null) continue;
    prog.def = def;
    prog.attachType = def.attach;
    prog.kindWords = words;
  }
}

/** Structures that a program's first argument points to, and the type that they speak for. */
const CONTEXTS: Readonly<Record<string, string>> = {
  xdp_md: 'xdp',
  __sk_buff: 'tc',
  pt_regs: 'kprobe',
  bpf_perf_event_data: 'perf_event',
  bpf_raw_tracepoint_args: 'raw_tp',
  bpf_sock_addr: 'cgroup/connect4',
  bpf_sock_ops: 'sockops',
  bpf_sock: 'cgroup/sock',
  bpf_sockopt: 'cgroup/getsockopt',
  bpf_sysctl: 'cgroup/sysctl',
  bpf_cgroup_dev_ctx: 'cgroup/dev',
  bpf_sk_lookup: 'sk_lookup',
  sk_msg_md: 'sk_msg',
  sk_reuseport_md: 'sk_reuseport',
  bpf_nf_ctx: 'netfilter',
};

/** Beginnings of section and function names in the wild; the first that matches counts. */
const HABITS: readonly (readonly [RegExp, string])[] = [
  [/^xdp/, 'xdp'],
  [/^(socket|sk_filter|filter)/, 'socket'],
  [/^k(ret)?probe|^kfunc/, 'kprobe'],
  [/^u(ret)?probe/, 'uprobe'],
  [/^(tracepoint|tp|sys_(enter|exit))/, 'tracepoint'],
  [/^raw_t/, 'raw_tp'],
  [/^perf/, 'perf_event'],
  [/^cgroup.?skb/, 'cgroup/skb'],
  [/^sock_?ops/, 'sockops'],
  [/^(tc|cls|act|classifier|ingress|egress|from-|to-|handle_|\d+\/\d+)/, 'tc'],
];

function contextGuess(prog: Prog, btf: Btf | null): string | null {
  const id = btf?.findByName(prog.name, 'func') ?? null;
  if (btf === null || id === null) return null;
  const func = btf.typeById(id);
  const proto = func.kind === 'func' ? btf.typeById(func.type) : null;
  const first = proto?.kind === 'func_proto' ? proto.params.at(0) : undefined;
  const pointer = first === undefined ? null : btf.typeById(btf.skipModsAndTypedefs(first.type));
  if (pointer?.kind !== 'ptr') return null;
  return CONTEXTS[btf.nameOf(btf.skipModsAndTypedefs(pointer.type))] ?? null;
}

/** A guess, in words of namedProgKind(), for a program whose section names no type; null where the section does. */
export function guessProgKind(prog: Prog, btf: Btf | null): string | null {
  if (prog.def !== null) return null;
  const habit =
    HABITS.find(([start]) => start.test(prog.section)) ?? HABITS.find(([start]) => start.test(prog.name));
  const context = contextGuess(prog, btf);
  // A packet of the kernel's may be seen by several types: the section then says which.
  if (context === 'tc' && habit?.[1] === 'socket') return 'socket';
  return context ?? habit?.[1] ?? null;
}
