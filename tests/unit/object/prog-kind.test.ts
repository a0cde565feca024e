import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import { namedProgKind } from '../../../src-core/object/prog-kind.ts';
import { ATTACH_TYPE_NAMES, PROG_TYPE_NAMES } from '../../../src-core/uapi/prog-types.ts';

const kindOf = (words: string): string | null => {
  const def = namedProgKind(words);
  return def === null ? null : `${PROG_TYPE_NAMES[def.type]}/${ATTACH_TYPE_NAMES[def.attach]}`;
};

function programs(section: string, type: string | null = null, name = 'prog') {
  const text = `.license "GPL"\n.section "${section}"\n${name}:\n r0 = 0\n exit\n`;
  const { object } = assemble(text, { helperId: () => null });
  if (object === null) throw new Error('does not assemble');
  return loadElf(object, 'x', { vmlinux: null, progKind: () => type }).programs[0];
}

describe('a program type in words', () => {
  it.each([
    ['xdp', 'xdp/xdp'],
    ['sched_cls', 'sched_cls/cgroup_inet_ingress'],
    ['cgroup_sock_addr/cgroup_inet4_connect', 'cgroup_sock_addr/cgroup_inet4_connect'],
    ['cgroup_skb/cgroup_inet_egress', 'cgroup_skb/cgroup_inet_egress'],
    ['tc/egress', 'sched_cls/tcx_egress'],
    ['kprobe/do_unlinkat', 'kprobe/cgroup_inet_ingress'],
    ['xdp/sk_lookup', 'xdp/sk_lookup'],
  ])('%s is %s', (words, kind) => {
    expect(kindOf(words)).toBe(kind);
  });

  it.each(['xdp_pass', 'unspec', 'sched_cls/nowhere', '', '2/17'])('"%s" is none', (words) => {
    expect(kindOf(words)).toBeNull();
  });
});

describe('a section that names no type', () => {
  it('is an error in libbpf’s words, with a guess', () => {
    const prog = programs('xdp_pass');
    expect(prog.loadError).toBe("missing BPF prog type, check ELF section name 'xdp_pass'");
    expect(prog.kindGuess).toBe('xdp');
  });

  it.each([
    ['2/17', 'tc'],
    ['socket/3', 'socket'],
    ['from-container', 'tc'],
    ['kprobe_open', 'kprobe'],
    ['sys_enter_open', 'tracepoint'],
    ['nothing', null],
  ])('%s is guessed as %s', (section, guess) => {
    expect(programs(section).kindGuess).toBe(guess);
  });

  it('loads as the caller chooses', () => {
    const prog = programs('2/17', 'xdp');
    expect([prog.type, prog.expectedAttachType, prog.loadError, prog.kindGuess]).toEqual([6, 37, null, null]);
  });

  it('takes its target from the chosen words', () => {
    expect(programs('anything', 'kprobe/do_unlinkat').attachTarget).toBe('do_unlinkat');
  });
});

describe('a section that names a type', () => {
  it('keeps it unless the caller chooses another', () => {
    expect(programs('xdp').type).toBe(6);
    expect(programs('xdp', 'tc').type).toBe(3);
  });
});
