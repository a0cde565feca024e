import { loadProgram, openObject } from '../../src-core/bpf/session.ts';
import type { Btf } from '../../src-core/btf/btf.ts';
import { disasmKernel } from '../../src-core/isa/disasm.ts';
import { BPF_CALL, BPF_JMP, BPF_PSEUDO_CALL, LD_IMM64 } from '../../src-core/isa/opcodes.ts';
import { BpfInsns } from '../../src-core/isa/program.ts';
import type { ObjectSpec, ProgramSpec } from '../../src-core/object/spec.ts';
import { loadOnKernel, openOnKernel } from './load-on-kernel.ts';
import { closeFd, progInfo } from './oracle.ts';

const MOV_IMM = 0xb7;
const MOV_PERCPU = 0xbf;
/** Upper half of an address in the kernel's text. */
const KERNEL_TEXT_HI = -1;

/** Zeroes what differs between two runs of one kernel: addresses, and ids of maps. */
export function normalizeXlated(bytes: Uint8Array): BpfInsns {
  const insns = BpfInsns.fromBytes(bytes);
  for (let i = 0; i < insns.length; i++) {
    const { code, src } = insns.at(i);
    if (code === (BPF_JMP | BPF_CALL) && src !== BPF_PSEUDO_CALL) insns.imm[i] = 0;
    const next = i + 1 < insns.length ? insns.at(i + 1) : null;
    // The address of a variable that each CPU has.
    if (code === MOV_IMM && next?.code === MOV_PERCPU && next.off === -1) insns.imm[i] = 0;
    if (code !== LD_IMM64) continue;
    // A map's id, or a kernel address.
    if (src !== 0 || (next?.imm ?? 0) === KERNEL_TEXT_HI) insns.imm[i] = 0;
    if (next?.imm === KERNEL_TEXT_HI) insns.imm[i + 1] = 0;
    i++;
  }
  return insns;
}

const text = (insns: BpfInsns): string[] =>
  Array.from({ length: insns.length }, (_, i) => {
    const { code, dst, src, off, imm } = insns.at(i);
    return `${i}: ${disasmKernel(insns, i, { helperName: () => null })} [${[code, dst, src, off, imm].join(' ')}]`;
  });

export type XlatedComparison =
  | { readonly kind: 'equal' }
  | { readonly kind: 'not loaded' }
  | { readonly kind: 'not modelled'; readonly what: string }
  | { readonly kind: 'different'; readonly kernel: string; readonly ours: string };

/** The rewritten program of both sides. */
export function compareXlated(spec: ObjectSpec, prog: ProgramSpec, vmlinux: () => Btf): XlatedComparison {
  const object = openOnKernel(spec);
  try {
    const loaded = object.problem === null ? loadOnKernel(spec, prog, object, 0) : null;
    if (loaded === null || loaded.fd === null) return { kind: 'not loaded' };
    const kernel = text(normalizeXlated(progInfo(loaded.fd).xlated));
    closeFd(loaded.fd);
    const session = openObject(spec, { vmlinux, timer: () => 0 });
    const ours = loadProgram(session, prog, { level: 0, onEvent: null, shouldStop: null });
    const dump = ours.fd === null ? null : session.kernel.progOf(ours.fd)?.xlated.dump();
    if (dump === null || dump === undefined) return { kind: 'not loaded' };
    if (!dump.ok) return { kind: 'not modelled', what: dump.what };
    const mine = text(normalizeXlated(dump.insns.toBytes()));
    const at = kernel.findIndex((line, i) => line !== mine[i]);
    if (at < 0 && mine.length === kernel.length) return { kind: 'equal' };
    const i = at < 0 ? kernel.length : at;
    return { kind: 'different', kernel: kernel[i] ?? '(end)', ours: mine[i] ?? '(end)' };
  } finally {
    object.close();
  }
}
