import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Btf } from '../../../src-core/btf/btf.ts';
import { unpackVmlinux } from '../../../src-core/btf/vmlinux.ts';
import { readElf } from '../../../src-core/elf/read.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import type { MapSpec, ObjectSpec, ProgramSpec } from '../../../src-core/object/spec.ts';

interface GoldenProgram {
  readonly name: string;
  readonly maps: readonly string[];
  readonly refused?: boolean;
  readonly insns: string;
}

interface Golden {
  readonly kernel: string;
  readonly libbpf: string;
  readonly kconfig: readonly string[];
  readonly objects: Readonly<Record<string, readonly GoldenProgram[]>>;
}

const root = new URL('../../../', import.meta.url);
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, root)));
const golden: Golden = JSON.parse(new TextDecoder().decode(read('tests/objects/loader.golden.json')));
const vmlinux = unpackVmlinux(read('public/vmlinux.btf.bin'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Types of our own that an object is relocated against instead of the kernel's. */
function targetOf(file: string): Btf | null {
  const path = `tests/objects/${file.replace('.bpf.o', '_target.bpf.o')}`;
  if (!existsSync(new URL(path, root))) return null;
  const section = readElf(read(path)).sections.find((s) => s.name === '.BTF');
  return section === undefined ? null : Btf.parse(section.data);
}

function describeProgram(p: ProgramSpec) {
  const insns = Buffer.from(p.insns);
  return {
    name: p.name,
    type: p.type,
    attach: p.expectedAttachType,
    attachBtfId: p.attachBtfId,
    flags: p.flags,
    insns: hex(insns),
    funcInfo: hex(p.funcInfo),
    lineInfo: p.lineInfo.length === 0 ? '' : createHash('sha256').update(p.lineInfo).digest('hex'),
  };
}

function describeMap(m: MapSpec): string {
  const cpus = m.type === 4 && m.maxEntries === 0 ? 'cpus' : m.maxEntries;
  const valueType = m.structOpsType === null ? m.btfValueTypeId : 0;
  const extra = BigInt(m.mapExtra) + (BigInt(m.mapExtraHi) << 32n);
  const sizes = [m.type, m.keySize, m.valueSize, cpus, m.flags, extra, m.numaNode, m.btfKeyTypeId, valueType];
  return [m.name.slice(0, 15), ...sizes].join(' ');
}

function describeMaps(spec: ObjectSpec): string[] {
  return spec.maps
    .filter((m) => m.autocreate)
    .flatMap((m) => (m.inner === null ? [describeMap(m)] : [describeMap(m.inner), describeMap(m)]));
}

/** A perf event array takes as many entries as the recording machine had CPUs. */
function cpusByName(map: string): string {
  const fields = map.split(' ');
  return fields[1] === '4' ? [...fields.slice(0, 4), 'cpus', ...fields.slice(5)].join(' ') : map;
}

/** Addresses of kernel symbols belong to one boot. */
function zeroKsyms(insns: string, p: ProgramSpec): string {
  const bytes = Buffer.from(insns, 'hex');
  for (const f of p.fixups) {
    if (f.kind !== 'ksym') continue;
    bytes.writeInt32LE(0, f.insn * 8 + 4);
    bytes.writeInt32LE(0, f.insn * 8 + 12);
  }
  return hex(bytes);
}

describe(`what libbpf ${golden.libbpf} handed to Linux ${golden.kernel}`, () => {
  for (const [file, programs] of Object.entries(golden.objects)) {
    const spec = loadElf(read(`tests/objects/${file}`), file, {
      vmlinux: targetOf(file) ?? vmlinux,
      kconfig: golden.kconfig.join('\n'),
    });
    it.each(programs)(`${file} $name`, (want) => {
      const got = spec.programs.find((p) => p.name === want.name);
      expect(got).toBeDefined();
      if (got === undefined) return;
      if (want.refused) {
        expect(got.loadError).not.toBeNull();
        return;
      }
      expect(got.loadError).toBeNull();
      const { maps, ...program } = want;
      expect(describeProgram(got)).toEqual({ ...program, insns: zeroKsyms(program.insns, got) });
      expect(describeMaps(spec)).toEqual(maps.map(cpusByName));
    });
  }
});
