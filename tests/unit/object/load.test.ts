import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unpackVmlinux } from '../../../src-core/btf/vmlinux.ts';
import {
  R_BPF_64_64,
  SHF_ALLOC,
  SHF_EXECINSTR,
  STB_GLOBAL,
  STB_LOCAL,
  STT_FUNC,
  STT_OBJECT,
} from '../../../src-core/elf/constants.ts';
import { ElfWriter } from '../../../src-core/elf/write.ts';
import { essentialName } from '../../../src-core/object/core/kinds.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import { internalName } from '../../../src-core/object/maps.ts';
import { findSectionDef, SECTION_DEFS, targetOf } from '../../../src-core/object/section-defs.ts';
import type { ObjectSpec } from '../../../src-core/object/spec.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, root)));
const vmlinux = unpackVmlinux(read('public/vmlinux.btf.bin'));
const load = (name: string, kconfig?: string): ObjectSpec =>
  loadElf(read(`tests/objects/${name}.bpf.o`), `${name}.bpf.o`, {
    vmlinux,
    ...(kconfig === undefined ? {} : { kconfig }),
  });

const RETURN_0 = Uint8Array.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

describe('section names', () => {
  it('has every name of libbpf 1.8 that Linux 6.18 can attach', () => {
    expect(SECTION_DEFS).toHaveLength(108);
  });

  it.each([
    ['xdp', 6, 37],
    ['xdp.frags/devmap', 6, 33],
    ['kprobe/do_exit', 2, 0],
    ['kprobe', 2, 0],
    ['tc/ingress', 3, 46],
    ['cgroup/connect4', 18, 10],
    ['lsm_cgroup/socket_bind', 29, 43],
    ['struct_ops.s/init', 27, 0],
  ])('%s', (name, type, attach) => {
    expect(findSectionDef(name)).toMatchObject({ type, attach });
  });

  it.each(['xdp_prog', 'kprobes/x', 'XDP', 'xdp/foo', '', 'fsession/x'])('does not know %j', (name) => {
    expect(findSectionDef(name)).toBeNull();
  });

  it('finds the target behind an open-ended name', () => {
    const target = (name: string) => {
      const def = findSectionDef(name);
      return def === null ? undefined : targetOf(def, name);
    };
    expect(target('tracepoint/sched/sched_switch')).toBe('sched/sched_switch');
    expect(target('kprobe')).toBeNull();
    expect(target('xdp/devmap')).toBeNull();
  });
});

describe('names', () => {
  it('of global data are those of internal_map_name()', () => {
    expect(internalName('counters_v2', '.rodata')).toBe('counters.rodata');
    expect(internalName('counters_v2', '.bss')).toBe('counters.bss');
    expect(internalName('counters_v2', '.kconfig')).toBe('counter.kconfig');
    expect(internalName('a-b', '.data')).toBe('a_b.data');
    expect(internalName('counters', '.rodata.abracadabra')).toBe('.rodata.abracad');
  });

  it('lose their flavour', () => {
    expect(essentialName('task_struct___old')).toBe('task_struct');
    expect(essentialName('a___b___c')).toBe('a___b');
    expect(essentialName('a____b')).toBe('a____b');
    expect(essentialName('___x')).toBe('___x');
  });
});

describe('kernel configuration', () => {
  it('fills .kconfig in order of alignment and size', () => {
    const spec = load('kconfig', 'CONFIG_HZ=250\nCONFIG_BPF_SYSCALL=y\nCONFIG_DEFAULT_HOSTNAME="box"\n');
    const map = spec.maps.find((m) => m.section === '.kconfig');
    expect(map).toMatchObject({ frozen: true, type: 2, maxEntries: 1 });
    const text = Buffer.from(map?.initialValue ?? []).toString('latin1');
    expect(text).toContain('box\0');
    expect(spec.programs[0].loadError).toBeNull();
  });

  it('says what does not fit', () => {
    const spec = load('kconfig', 'CONFIG_HZ="fast"\n');
    expect(spec.programs[0].loadError).toContain('value \'"fast"\' implies char array type');
  });
});

describe('kernel symbols', () => {
  it('become BTF ids, zeros, poison or a question to the kernel', () => {
    const [prog] = load('ksyms').programs;
    expect(prog.loadError).toBeNull();
    const view = new DataView(prog.insns.buffer);
    const calls = Array.from({ length: prog.insns.length / 8 }, (_, i) => i).filter(
      (i) => prog.insns[8 * i] === 0x85,
    );
    const ids = calls.map((i) => view.getInt32(8 * i + 4, true));
    expect(ids).toContain(vmlinux.findByName('bpf_rcu_read_lock', 'func'));
    expect(ids.some((id) => id >= 2002000000)).toBe(true);
    expect(prog.fixups).toMatchObject([{ kind: 'ksym', symbol: 'bpf_prog_put', weak: true }]);
  });

  it('and CO-RE need the kernel BTF, and say so', () => {
    const bytes = read('tests/objects/core.bpf.o');
    const spec = loadElf(bytes, 'core.bpf.o', { vmlinux: null });
    expect(spec.needsVmlinux).toBe(true);
    expect(spec.programs[0].loadError).toContain('need the BTF of the kernel');
    expect(load('xdp_pass').needsVmlinux).toBe(false);
  });
});

describe('struct_ops', () => {
  it('lays the variable out as the kernel does and attaches the programs', () => {
    const spec = load('struct_ops');
    const linked = spec.maps.find((m) => m.name === 'linked');
    expect(linked).toMatchObject({ type: 26, flags: 1 << 13, structOpsType: 'tcp_congestion_ops' });
    expect(linked?.structOpsSlots.map((s) => s.program).sort()).toEqual([
      'cong_avoid',
      'ssthresh',
      'undo_cwnd',
    ]);
    expect(Buffer.from(linked?.initialValue ?? []).toString('latin1')).toContain('xlated_link');
    const id = vmlinux.findByName('tcp_congestion_ops', 'struct');
    for (const p of spec.programs) expect(p.attachBtfId).toBe(id);
  });
});

/** An object of another toolchain: a legacy "maps" section and a program that uses it. */
function legacyObject(): ElfWriter {
  const w = new ElfWriter();
  const code = Uint8Array.from([0x18, 1, ...new Array<number>(14).fill(0), ...RETURN_0]);
  const xdp = w.section({ name: 'xdp', flags: SHF_ALLOC | SHF_EXECINSTR, data: code, align: 8 });
  const words = [1, 4, 8, 16, 1, 2, 4, 4, 32, 0];
  const maps = w.section({ name: 'maps', data: new Uint8Array(Uint32Array.from(words).buffer), align: 4 });
  const common = { size: 20, type: STT_OBJECT, bind: STB_GLOBAL, section: maps };
  w.symbol({ ...common, name: 'first', value: 0 });
  const second = w.symbol({ ...common, name: 'second', value: 20 });
  w.symbol({ name: 'prog', value: 0, size: code.length, type: STT_FUNC, bind: STB_GLOBAL, section: xdp });
  w.relocate(xdp, 0, R_BPF_64_64, second);
  return w;
}

describe('objects of other toolchains', () => {
  it('may define maps the old way, with a warning', () => {
    const spec = loadElf(legacyObject().toBytes(), 'old.o', { vmlinux: null });
    expect(spec.maps).toMatchObject([
      { name: 'first', type: 1, keySize: 4, valueSize: 8, maxEntries: 16, flags: 1 },
      { name: 'second', type: 2, keySize: 4, valueSize: 4, maxEntries: 32, flags: 0 },
    ]);
    expect(spec.programs[0].fixups).toEqual([{ kind: 'map', insn: 0, map: 'second', mapIndex: 1 }]);
    expect(spec.diagnostics[0].message).toContain('legacy map definitions');
  });
});

function withProgram(bind: number, size: number, name = 'xdp'): Uint8Array {
  const w = new ElfWriter();
  const xdp = w.section({ name, flags: SHF_ALLOC | SHF_EXECINSTR, data: RETURN_0, align: 8 });
  w.symbol({ name: 'prog', value: 0, size, type: STT_FUNC, bind, section: xdp });
  return w.toBytes();
}

describe('refusals', () => {
  it.each([
    ['a static program', withProgram(STB_LOCAL, 16), "program 'prog' is static and not supported"],
    ['a program past its section', withProgram(STB_GLOBAL, 24), 'crosses section boundary'],
    ['a torn instruction', withProgram(STB_GLOBAL, 12), "corrupted program 'prog', offset 0, size 12"],
  ])('%s', (_, bytes, message) => {
    expect(() => loadElf(bytes, 'x.o', { vmlinux: null })).toThrow(message);
  });

  it('an unknown section is the program’s fault, not the object’s', () => {
    const spec = loadElf(withProgram(STB_GLOBAL, 16, 'xdp_prog'), 'x.o', { vmlinux: null });
    expect(spec.programs[0].loadError).toBe("missing BPF prog type, check ELF section name 'xdp_prog'");
  });
});
