import { describe, expect, it } from 'vitest';
import type { BtfKind } from '../../src-core/btf/kinds.ts';
import { BpfInsns } from '../../src-core/isa/program.ts';
import { BPF_ATTACH_TYPE, BPF_PROG_TYPE } from '../../src-core/uapi/prog-types.ts';
import { verify } from '../../src-core/verifier/verify.ts';
import { closeFd, loadProgram, normalizeLog, oracleMissing } from '../kernel/oracle.ts';
import { runningBtf } from '../kernel/running-btf.ts';

const BPF_F_SLEEPABLE = 16;
const EPERM = 1;
/** Arguments asked for: one more than any function may have. */
const MAX_ARGS = 13;

interface Bound {
  readonly type: number;
  readonly attachType: number;
  readonly flags: number;
  readonly id: number;
}

const insn = (code: number, dst: number, src: number, off: number) => ({ code, dst, src, off, imm: 0 });

/** Reads argument `arg`, and 8 bytes behind it. */
const reader = (arg: number): BpfInsns =>
  BpfInsns.fromRaw([
    insn(0x79, 2, 1, 8 * arg),
    insn(0x79, 3, 2, 8),
    insn(0xb7, 0, 0, 0),
    insn(0x95, 0, 0, 0),
  ]);

/** Both logs; null where this kernel lets nobody load the program. */
function logs(bound: Bound, arg: number): { kernel: string; ours: string } | null {
  const insns = reader(arg);
  const { type, attachType, flags, id } = bound;
  const kernel = loadProgram({
    type,
    expectedAttachType: attachType,
    flags,
    attachBtfId: id,
    insns: insns.toBytes(),
    logSize: 1 << 16,
  });
  if (kernel.fd !== null) closeFd(kernel.fd);
  if (kernel.errno === EPERM) return null;
  const ours = verify(
    {
      name: '',
      type,
      expectedAttachType: attachType,
      license: 'GPL',
      flags,
      insns,
      attachBtfId: id,
      btf: null,
      funcInfo: new Uint8Array(),
      lineInfo: new Uint8Array(),
      maps: [],
    },
    {
      policy: { privileged: true, strictAlignment: false },
      log: { level: 2 },
      vmlinux: runningBtf,
      onEvent: null,
      shouldStop: null,
    },
  );
  return { kernel: normalizeLog(kernel.log), ours: normalizeLog(ours.log) };
}

/** Names of targets of which some argument reads differently. */
function different(targets: readonly (readonly [name: string, bound: Bound])[]): string[] {
  return targets.flatMap(([name, bound]) => {
    for (let arg = 0; arg < MAX_ARGS; arg++) {
      const both = logs(bound, arg);
      if (both === null) return [];
      if (both.kernel !== both.ours) return [`${name}, argument ${arg}: ${both.kernel}`];
      if (both.kernel.includes("doesn't have")) return [];
    }
    return [];
  });
}

function tracing(prefix: string, kind: BtfKind, attachType: number): [string, Bound][] {
  const btf = runningBtf();
  return [...btf.names()].flatMap((name): [string, Bound][] => {
    const id = name.startsWith(prefix) ? btf.findByName(name, kind) : null;
    return id === null ? [] : [[name, { type: BPF_PROG_TYPE.tracing, attachType, flags: 0, id }]];
  });
}

function members(struct: string): [string, Bound][] {
  const id = runningBtf().findByName(struct, 'struct') ?? 0;
  const t = runningBtf().typeById(id);
  const count = t.kind === 'struct' ? t.members.length : 0;
  return Array.from({ length: count + 1 }, (_, i) => i).flatMap((attachType): [string, Bound][] =>
    [0, BPF_F_SLEEPABLE].map((flags) => [
      `${struct} ${attachType} ${flags}`,
      { type: BPF_PROG_TYPE.struct_ops, attachType, flags, id },
    ]),
  );
}

describe.skipIf(oracleMissing() !== null)('arguments of BTF-typed programs', () => {
  it('are those of the kernel for every raw tracepoint', { timeout: 120_000 }, () => {
    expect(different(tracing('btf_trace_', 'typedef', BPF_ATTACH_TYPE.trace_raw_tp))).toEqual([]);
  });
  it('are those of the kernel for every iterator, and for what is none', { timeout: 60_000 }, () => {
    expect(different(tracing('bpf_iter_', 'func', BPF_ATTACH_TYPE.trace_iter))).toEqual([]);
  });
  it.each(['tcp_congestion_ops', 'bpf_dummy_ops', 'task_struct'])(
    'are those of the kernel for every member of struct %s',
    (struct) => {
      expect(different(members(struct).slice(0, 80))).toEqual([]);
    },
  );
});
