import {
  BPF_ALU64,
  BPF_CALL,
  BPF_EXIT,
  BPF_JMP,
  BPF_LDX,
  BPF_MEM,
  BPF_MOV,
  BPF_STX,
} from '../../../src-core/isa/opcodes.ts';
import { BpfInsns, type RawInsn } from '../../../src-core/isa/program.ts';
import { HELPER_COUNT } from '../../../src-core/platform/func-access.ts';
import { BPF_ATTACH_TYPE, BPF_PROG_TYPE, type ProgKind } from '../../../src-core/platform/prog-types.ts';
import { closeFd, loadProgram } from '../../kernel/oracle.ts';

/** Program kinds whose facts are compared with the kernel. */
export const KINDS: Readonly<Record<string, ProgKind>> = {
  socket_filter: { type: BPF_PROG_TYPE.socket_filter, attachType: 0 },
  kprobe: { type: BPF_PROG_TYPE.kprobe, attachType: 0 },
  kprobe_multi: { type: BPF_PROG_TYPE.kprobe, attachType: BPF_ATTACH_TYPE.trace_kprobe_multi },
  sched_cls: { type: BPF_PROG_TYPE.sched_cls, attachType: 0 },
  sched_act: { type: BPF_PROG_TYPE.sched_act, attachType: 0 },
  tracepoint: { type: BPF_PROG_TYPE.tracepoint, attachType: 0 },
  xdp: { type: BPF_PROG_TYPE.xdp, attachType: BPF_ATTACH_TYPE.xdp },
  xdp_devmap: { type: BPF_PROG_TYPE.xdp, attachType: BPF_ATTACH_TYPE.xdp_devmap },
  perf_event: { type: BPF_PROG_TYPE.perf_event, attachType: 0 },
  cgroup_skb: { type: BPF_PROG_TYPE.cgroup_skb, attachType: 0 },
  raw_tracepoint: { type: BPF_PROG_TYPE.raw_tracepoint, attachType: 0 },
};

const SIZES = [1, 2, 4, 8];
const SIZE_CODES = [0x10, 0x08, 0x00, 0x18];
/** Context offsets asked about: past the end of every context but a tracepoint's. */
export const CTX_OFFSETS = 208;

function insn(code: number, dst: number, src: number, off: number, imm: number): RawInsn {
  return { code, dst, src, off, imm };
}

const RETURN_0 = [insn(BPF_ALU64 | BPF_MOV, 0, 0, 0, 0), insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)];

function logOf(kind: ProgKind, insns: RawInsn[]): string {
  const { fd, log } = loadProgram({
    type: kind.type,
    expectedAttachType: kind.attachType,
    insns: BpfInsns.fromRaw(insns).toBytes(),
    logLevel: 1,
    logSize: 65536,
  });
  if (fd !== null) closeFd(fd);
  return log;
}

/** Ids of the helpers that the kernel lets programs of this kind call. */
export function askHelpers(kind: ProgKind): number[] {
  const ids: number[] = [];
  for (let id = 1; id < HELPER_COUNT; id++) {
    const log = logOf(kind, [insn(BPF_JMP | BPF_CALL, 0, 0, 0, id), ...RETURN_0]);
    if (!/program of this type cannot use helper|unknown func/.test(log)) ids.push(id);
  }
  return ids;
}

function accessMask(kind: ProgKind, off: number, write: boolean): number {
  let mask = 0;
  SIZES.forEach((_, i) => {
    const access = write
      ? insn(BPF_STX | BPF_MEM | SIZE_CODES[i], 1, 2, off, 0)
      : insn(BPF_LDX | BPF_MEM | SIZE_CODES[i], 0, 1, off, 0);
    const log = logOf(kind, [insn(BPF_ALU64 | BPF_MOV, 2, 0, 0, 0), access, ...RETURN_0]);
    if (!/invalid bpf_context access/.test(log)) mask |= 1 << i;
  });
  return mask;
}

/** Two hex digits an offset: sizes that may be read, sizes that may be written (bit i: 2^i bytes). */
export function askContext(kind: ProgKind): string {
  let out = '';
  for (let off = 0; off < CTX_OFFSETS; off++) {
    out += accessMask(kind, off, false).toString(16) + accessMask(kind, off, true).toString(16);
  }
  return out;
}

export interface KernelAnswers {
  readonly helpers: Readonly<Record<string, readonly number[]>>;
  readonly context: Readonly<Record<string, string>>;
}

export function askKernel(): KernelAnswers {
  const kinds = Object.entries(KINDS);
  return {
    helpers: Object.fromEntries(kinds.map(([name, kind]) => [name, askHelpers(kind)])),
    context: Object.fromEntries(kinds.map(([name, kind]) => [name, askContext(kind)])),
  };
}
