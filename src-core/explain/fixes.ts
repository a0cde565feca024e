import { disasmKernel } from '../isa/disasm.ts';
import { BpfInsns, type RawInsn } from '../isa/program.ts';
import type { ProgramSpec } from '../object/spec.ts';
import { helperName } from '../platform/helper-names.ts';
import { BPF_FUNC } from '../platform/helpers.gen.ts';
import type { FrameView, Reason } from '../verifier/events.ts';
import { namedInsn, namedNumbers, suspect } from './blamed.ts';
import type { Explanation } from './explain.ts';
import type { FailingPath } from './failing-path.ts';
import { decisiveReason } from './families.ts';
import { followBack, type Place } from './flow.ts';
import { applyEdit, type Edit } from './patch.ts';

/** A change that was tried: `verified` says that the verifier takes the program with it. */
export interface Fix {
  readonly what: string;
  /** Instructions as in a diff: "+" put in, "-" taken out, " " as they were. */
  readonly diff: string;
  readonly verified: boolean;
}

interface Proposal {
  readonly what: string;
  readonly edits: readonly Edit[];
}

const raw = (code: number, dst: number, src: number, off: number, imm: number): RawInsn => ({
  code,
  dst,
  src,
  off,
  imm,
});
const movImm = (dst: number, imm: number): RawInsn => raw(0xb7, dst, 0, 0, imm);
const movReg = (dst: number, src: number): RawInsn => raw(0xbf, dst, src, 0, 0);
const addImm = (dst: number, imm: number): RawInsn => raw(0x07, dst, 0, 0, imm);
const loadWord = (dst: number, src: number, off: number): RawInsn => raw(0x61, dst, src, off, 0);
const storeZero = (off: number): RawInsn => raw(0x7a, 10, 0, off, 0);
const jneImm = (dst: number, imm: number, off: number): RawInsn => raw(0x55, dst, 0, off, imm);
const jleReg = (dst: number, src: number, off: number): RawInsn => raw(0xbd, dst, src, off, 0);
const jleImm = (dst: number, imm: number, off: number): RawInsn => raw(0xb5, dst, 0, off, imm);
const call = (id: number): RawInsn => raw(0x85, 0, 0, 0, id);
const EXIT = raw(0x95, 0, 0, 0, 0);

/** Values with which a function may be left early; the first that is accepted is taken. */
const LEAVE_WITH: readonly number[] = [0, 1, 2];

/** `keep` goes on past an early exit when its condition holds. */
function leaveUnless(
  keep: (skip: number) => RawInsn,
  value: number,
  before: readonly RawInsn[] = [],
): RawInsn[] {
  return [...before, keep(2), movImm(0, value), EXIT];
}

interface Scene {
  readonly path: FailingPath;
  readonly reason: Reason;
  readonly at: number;
  readonly reg: number | null;
  readonly frame: FrameView | null;
}

function nullFix({ at, reg }: Scene): Proposal[] {
  if (reg === null) return [];
  return LEAVE_WITH.map((value) => ({
    what: `leave with ${value} when r${reg} is NULL`,
    edits: [{ kind: 'insert', at, insns: leaveUnless((skip) => jneImm(reg, 0, skip), value) }],
  }));
}

/** Registers that hold nothing, which a fix may use. */
function freeRegisters(frame: FrameView): number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((r) => frame.regs[r] === null);
}

const XDP_DATA_END = 4;
const SKB_DATA_END = 80;

function packetFix(scene: Scene, prog: ProgramSpec): Proposal[] {
  const { frame, reg, reason, at } = scene;
  const n = namedNumbers(reason);
  const [off, size] = [n.get('off'), n.get('size')];
  if (frame === null || reg === null || off === undefined || size === undefined) return [];
  const free = freeRegisters(frame);
  const end = frame.regs.findIndex((r) => r?.type === 'pkt_end');
  const ctx = frame.regs.findIndex((r) => r?.type === 'ctx');
  const [limit, sum] = end >= 0 ? [end, free.at(0)] : [free.at(0), free.at(1)];
  if (limit === undefined || sum === undefined || (end < 0 && ctx < 0)) return [];
  // The offset counts from the packet pointer's own: what the register adds is in it already.
  const own = frame.regs[reg]?.off ?? 0;
  const load = end >= 0 ? [] : [loadWord(limit, ctx, prog.type === XDP ? XDP_DATA_END : SKB_DATA_END)];
  const compute = [...load, movReg(sum, reg), addImm(sum, off - own + size)];
  return LEAVE_WITH.map((value) => ({
    what: `leave with ${value} when the packet ends before byte ${off + size}`,
    edits: [{ kind: 'insert', at, insns: leaveUnless((skip) => jleReg(sum, limit, skip), value, compute) }],
  }));
}

const XDP = 6;

/** Where the number that moves a pointer is added to it, and the register that holds the number. */
function indexAddition(scene: Scene): { readonly insn: number; readonly index: number } | null {
  const { path, reg, frame } = scene;
  if (reg === null || frame === null) return null;
  const last = path.steps.length - 1;
  const place: Place = { kind: 'reg', frame: frame.frame, reg };
  for (const f of followBack(path, last, place)) {
    if (f.deed === 'compared') continue;
    const insn = path.insns.at(f.insn);
    if (insn.code !== 0x0f) continue;
    return { insn: f.insn, index: f.place?.kind === 'reg' && f.place.reg === insn.src ? insn.dst : insn.src };
  }
  return null;
}

/** The addition itself was refused: how much is read at the sum is not known yet. */
function additionFix({ path, at, frame }: Scene): Proposal[] {
  const insn = path.insns.at(at);
  const pointer = frame?.regs[insn.dst] ?? null;
  if (insn.code !== 0x0f || pointer === null || pointer.size === null) return [];
  const { size, off } = pointer;
  return [8, 4, 2, 1].flatMap((access): Proposal[] => {
    const room = size - off - access;
    if (room < 0) return [];
    const limit = (skip: number): RawInsn => jleImm(insn.src, room, skip);
    const what = `leave when the offset is over ${room}`;
    return [{ what, edits: [{ kind: 'insert', at, insns: leaveUnless(limit, 0) }] }];
  });
}

function indexFix(scene: Scene): Proposal[] {
  const { reason, reg, frame, path } = scene;
  const addition = indexAddition(scene);
  const pointer = reg === null ? null : (frame?.regs[reg] ?? null);
  if (addition === null || pointer === null || pointer.size === null) return [];
  const insn = path.insns.at(scene.at);
  const size = namedNumbers(reason).get('size') ?? [4, 2, 1, 8][(insn.code >> 3) & 3];
  const room = pointer.size - size - Math.max(0, pointer.off + insn.off);
  if (room < 0) return [];
  const limit = (skip: number): RawInsn => jleImm(addition.index, room, skip);
  return LEAVE_WITH.map((value) => ({
    what: `leave with ${value} when the offset is over ${room}`,
    edits: [{ kind: 'insert', at: addition.insn, insns: leaveUnless(limit, value) }],
  }));
}

/** Lengths that the memory beside the length is likely to hold, tried from the largest on. */
const LENGTHS: readonly number[] = [512, 256, 128, 64, 32, 16, 8];

function lengthFix({ at, reg, frame }: Scene): Proposal[] {
  const memory = reg === null ? null : (frame?.regs[reg - 1] ?? null);
  if (reg === null || memory === null) return [];
  const stack = memory.type === 'fp' ? -memory.off : null;
  const known = memory.size === null ? stack : memory.size - memory.off;
  const tries = known === null ? LENGTHS : [known, ...LENGTHS.filter((n) => n < known)];
  const bounded = tries.flatMap((max) =>
    LEAVE_WITH.slice(0, 1).map(
      (value): Proposal => ({
        what: `leave with ${value} when the length is over ${max}`,
        edits: [{ kind: 'insert', at, insns: leaveUnless((skip) => jleImm(reg, max, skip), value) }],
      }),
    ),
  );
  return bounded;
}

function initFix({ at, reg, path }: Scene): Proposal[] {
  if (reg === null) return [];
  const isExit = path.insns.code[at] === EXIT.code;
  return LEAVE_WITH.map((value) => ({
    what: isExit ? `return ${value} on this path` : `set r${reg} to ${value} first`,
    edits: [{ kind: 'insert', at, insns: [movImm(reg, value)] }],
  }));
}

/** Zeroes the eight-byte slots of the stack below the pointer that the call is given. */
function stackFix({ at, reg, frame }: Scene): Proposal[] {
  const pointer = reg === null ? null : (frame?.regs[reg] ?? null);
  if (frame === null || pointer === null || pointer.type !== 'fp' || pointer.frameno !== frame.frame)
    return [];
  const from = pointer.off & -8;
  const slots = Array.from({ length: Math.min(16, -from / 8) }, (_, i) => from + 8 * i);
  const unset = slots.filter((off) => frame.stack.find((s) => s.offset === off)?.bytes.includes('?') ?? true);
  const first = unset.slice(0, 16).map(storeZero);
  return [{ what: 'write zeros to the buffer first', edits: [{ kind: 'insert', at, insns: first }] }];
}

function rangeOf({ path }: Scene): readonly number[] {
  const text = path.reasons.at(-1)?.format ?? '';
  return text.includes('register') ? LEAVE_WITH : [];
}

/** Puts an allowed constant where r0 gets its value, or right before the exit. */
function returnFix(scene: Scene, root: number | null): Proposal[] {
  const { path, at } = scene;
  return rangeOf(scene).flatMap((value): Proposal[] => {
    const insn = root === null ? null : path.insns.at(root);
    const replaces = insn !== null && (insn.code === 0xb7 || insn.code === 0xb4);
    const here: Proposal = {
      what: `return ${value} here`,
      edits: [{ kind: 'insert', at, insns: [movImm(0, value)] }],
    };
    if (!replaces || root === null || insn === null) return [here];
    return [
      { what: `return ${value}`, edits: [{ kind: 'replace', at: root, insn: { ...insn, imm: value } }] },
      here,
    ];
  });
}

const RELEASES: ReadonlyMap<number, number> = new Map([
  [BPF_FUNC.sk_lookup_tcp, BPF_FUNC.sk_release],
  [BPF_FUNC.sk_lookup_udp, BPF_FUNC.sk_release],
  [BPF_FUNC.skc_lookup_tcp, BPF_FUNC.sk_release],
  [BPF_FUNC.ringbuf_reserve, BPF_FUNC.ringbuf_discard],
]);

/** Gives the reference back before the exit, with r0 kept in a free register. */
function releaseFix({ path, at, frame, reason }: Scene): Proposal[] {
  const acquired = namedInsn(reason);
  const release = acquired === null ? undefined : RELEASES.get(path.insns.imm[acquired]);
  const id = namedNumbers(reason).get('id');
  if (frame === null || release === undefined || id === undefined) return [];
  const holder = frame.regs.findIndex((r) => r !== null && r.refObjId === id);
  const slot = frame.stack.find((s) => s.spilled?.refObjId === id)?.offset ?? null;
  const keep = [6, 7, 8, 9].find((r) => r !== holder);
  if ((holder < 0 && slot === null) || keep === undefined) return [];
  const give = holder >= 0 ? movReg(1, holder) : raw(0x79, 1, 10, slot ?? 0, 0);
  const insns = [
    ...(holder === 1 ? [] : [give]),
    movReg(keep, 0),
    ...(release === BPF_FUNC.ringbuf_discard ? [movImm(2, 0)] : []),
    call(release),
    movReg(0, keep),
  ];
  return [
    { what: `call ${helperName(release) ?? release} before leaving`, edits: [{ kind: 'insert', at, insns }] },
  ];
}

/** A loop that ends on its own after enough rounds. */
function loopFix({ path, at }: Scene): Proposal[] {
  const round = path.steps.findLast((s) => s.insn === at && s !== path.steps.at(-1));
  if (round === undefined) return [];
  const back = path.steps.findLast((s) => (path.insns.code[s.insn] & 7) === 5 && path.insns.off[s.insn] < 0);
  if (back === undefined) return [];
  // may_goto over the way back leaves the loop when its budget is used up.
  const mayGoto = raw(0xe5, 0, 0, 1, 0);
  return [
    { what: 'bound the loop with may_goto', edits: [{ kind: 'insert', at: back.insn, insns: [mayGoto] }] },
  ];
}

function proposals(scene: Scene, prog: ProgramSpec, why: Explanation): Proposal[] {
  switch (why.id) {
    case 'XL-NULL-1':
      return nullFix(scene);
    case 'XL-PKT-1':
      return packetFix(scene, prog);
    case 'XL-MAP-1':
    case 'XL-BOUNDS-1':
      return [...indexFix(scene), ...additionFix(scene)];
    case 'XL-LEN-1':
      return lengthFix(scene);
    case 'XL-INIT-1':
      return initFix(scene);
    case 'XL-STACK-1':
      return stackFix(scene);
    case 'XL-RET-1':
      return returnFix(scene, why.root?.insn ?? null);
    case 'XL-REF-1':
      return releaseFix(scene);
    case 'XL-LOOP-1':
      return loopFix(scene);
    default:
      return [];
  }
}

function diffText(prog: ProgramSpec, { edits }: Proposal): string {
  const insns = BpfInsns.fromBytes(prog.insns);
  const text = (list: BpfInsns, i: number): string =>
    disasmKernel(list, i, { helperName }).replace(/^\([0-9a-f]{2}\) /, '');
  return edits
    .flatMap((edit) => {
      const old = `${edit.at}: ${text(insns, edit.at)}`;
      const added = BpfInsns.fromRaw([...(edit.kind === 'insert' ? edit.insns : [edit.insn])]);
      const plus = Array.from({ length: added.length }, (_, i) => `+ ${text(added, i)}`);
      return edit.kind === 'insert' ? [...plus, `  ${old}`] : [`- ${old}`, ...plus];
    })
    .join('\n');
}

/** The first change of those that the family of the refusal suggests with which the verifier takes the program. */
export function findFix(
  path: FailingPath,
  prog: ProgramSpec,
  why: Explanation,
  accepts: (changed: ProgramSpec) => boolean,
): Fix | null {
  const reason = decisiveReason(path.reasons);
  if (reason === null || why.at === null) return null;
  const frame = path.steps.at(-1)?.frames?.at(-1) ?? null;
  const reg = suspect(path.reasons, path.insns.at(why.at.insn), frame);
  const scene: Scene = { path, reason, at: why.at.insn, reg, frame };
  for (const proposal of proposals(scene, prog, why)) {
    const changed = proposal.edits.reduce(applyEdit, prog);
    if (accepts(changed)) return { what: proposal.what, diff: diffText(prog, proposal), verified: true };
  }
  return null;
}
