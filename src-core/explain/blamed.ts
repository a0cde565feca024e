import { BPF_ALU, BPF_ALU64, BPF_LDX, BPF_ST, BPF_STX, BPF_X } from '../isa/opcodes.ts';
import type { RawInsn } from '../isa/program.ts';
import type { FrameView, Reason } from '../verifier/events.ts';

const PLACEHOLDER = /%[+#0]?\d*l{0,2}[dicsux]/g;

/** Arguments of a format with the text that stands right before each. */
function labelled({ format, args }: Reason): { readonly before: string; readonly arg: number | string }[] {
  const out: { before: string; arg: number | string }[] = [];
  let end = 0;
  for (const match of format.matchAll(PLACEHOLDER)) {
    const arg = args[out.length];
    if (arg === undefined) break;
    out.push({ before: format.slice(end, match.index), arg });
    end = match.index + match[0].length;
  }
  return out;
}

/** The register that a reason speaks of, null when it names none. Arguments of kfuncs count from 0, of helpers from 1. */
export function blamedRegister(reason: Reason): number | null {
  for (const { before, arg } of labelled(reason)) {
    if (typeof arg === 'string' && /^R\d+$/.test(arg)) return Number(arg.slice(1));
    if (typeof arg !== 'number') continue;
    if (/(^|[^A-Za-z0-9])R$/.test(before)) return arg;
    if (/helper arg$/.test(before)) return arg;
    if (/[Aa]rgs?#?\s?$/.test(before) && arg >= 0 && arg < 5) return arg + 1;
  }
  return null;
}

/** The register that an instruction is about: the base of an access, the number of two operands that moves a pointer. */
function registerOf(insn: RawInsn, frame: FrameView | null): number | null {
  switch (insn.code & 7) {
    case BPF_LDX:
      return insn.src;
    case BPF_ST:
    case BPF_STX:
      return insn.dst;
    case BPF_ALU:
    case BPF_ALU64: {
      const byNumber = (insn.code & BPF_X) !== 0 && frame?.regs[insn.src]?.type === 'scalar';
      return byNumber ? insn.src : insn.dst;
    }
    default:
      return null;
  }
}

/** The register to follow back: the one that any of the reasons names, else the one that the instruction is about. */
export function suspect(
  reasons: readonly Reason[],
  insn: RawInsn | null,
  frame: FrameView | null,
): number | null {
  const named = reasons.map(blamedRegister).findLast((r) => r !== null) ?? null;
  return named ?? (insn === null ? null : registerOf(insn, frame));
}

/** The instruction that a reason names, null when it names none. */
export function namedInsn(reason: Reason): number | null {
  const found = labelled(reason).find(
    ({ before, arg }) => /(insn|alloc_insn=)\s*$/.test(before) && typeof arg === 'number',
  );
  return typeof found?.arg === 'number' ? found.arg : null;
}

/** Numbers of a reason by the word before them: "value_size", "off", "size"... */
export function namedNumbers(reason: Reason): ReadonlyMap<string, number> {
  const out = new Map<string, number>();
  for (const { before, arg } of labelled(reason)) {
    const word = /([A-Za-z_]+)[= ]$/.exec(before)?.[1];
    if (word !== undefined && typeof arg === 'number' && !out.has(word)) out.set(word, arg);
  }
  return out;
}
