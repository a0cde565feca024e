import { disasmKernel } from '../isa/disasm.ts';
import { helperName } from '../platform/helper-names.ts';
import { s64ToDec, u64ToDec } from '../util/int64.ts';
import { SMIN_HI, SMIN_LO, UMAX_HI, UMAX_LO } from '../verifier/domain/layout.ts';
import type { Reason, RegView } from '../verifier/events.ts';
import { namedInsn, namedNumbers, suspect } from './blamed.ts';
import type { FailingPath, PathStep } from './failing-path.ts';
import { type Category, decisiveReason, type Family, familyNamed, familyOf } from './families.ts';
import { currentReg, depthOf, type FlowStep, followBack, type Place, regAt } from './flow.ts';
import type { SourceMap, Spot } from './spots.ts';

/** One step of how it came to the refusal. */
export interface Cause extends Spot {
  readonly what: string;
}

/** Why a program was refused, in parts each of which may be absent. */
export interface Explanation {
  readonly id: string;
  readonly category: Category;
  readonly sentence: string;
  readonly advice: string;
  readonly at: Spot | null;
  /** Oldest first; the refused instruction is not among them. */
  readonly cause: readonly Cause[];
  /** Where the mistake is. */
  readonly root: Spot | null;
  /** What must hold, with this program's numbers. */
  readonly rule: string | null;
  /** The smallest input that breaks it. */
  readonly witness: string | null;
}

/** Longest chain of causes that is told. */
const MAX_CAUSES = 24;

const isPointer = (reg: RegView | null): boolean => reg !== null && reg.type !== 'scalar' && reg.type !== '';
const isPacket = (reg: RegView | null): boolean => reg !== null && /^pkt/.test(reg.type);

function regBefore(path: FailingPath, i: number, place: Place | null): RegView | null {
  if (place === null) return null;
  const step = path.steps[i];
  if (place.kind === 'reg') return regAt(step, place.frame, place.reg);
  return step.frames?.[place.frame]?.stack.find((s) => s.offset === place.off)?.spilled ?? null;
}

/** The step whose call turned the value from a pointer into a number without writing it, or null. */
function invalidatedAt(
  path: FailingPath,
  from: number,
  place: Place,
  flow: readonly FlowStep[],
): number | null {
  let current: Place = place;
  let next = 0;
  for (let i = from - 1; i >= 0 && path.steps[i].frames !== null; i--) {
    const deed = flow[next]?.step === i ? flow[next++] : null;
    const before = regBefore(path, i, current);
    const after = regBefore(path, i + 1, current);
    if (deed === null && isPacket(before) && after?.type === 'scalar') return i;
    if (deed === null || deed.deed === 'compared') continue;
    if (deed.place === null) return null;
    current = deed.place;
  }
  return null;
}

/** The step that made a number of a pointer: a 32-bit move, arithmetic, a load of a part; null when there is none. */
function pointerLostAt(path: FailingPath, flow: readonly FlowStep[]): number | null {
  const found = flow.find((f) => f.deed !== 'compared' && isPointer(regBefore(path, f.step, f.place)));
  return found?.step ?? null;
}

/** What a step did, in words. */
function deedInWords(path: FailingPath, f: FlowStep): string {
  const text = disasmKernel(path.insns, f.insn, { helperName }).replace(/^\([0-9a-f]{2}\) /, '');
  switch (f.deed) {
    case 'made':
      return `${text}: the value comes from here`;
    case 'moved':
      return `${text}: it is moved`;
    case 'changed':
      return `${text}: it is computed`;
    case 'compared':
      return `${text}: it is compared`;
    case 'lost':
      return `${text}: the call leaves no value in r1 to r5`;
  }
}

const umaxText = (reg: RegView): string => u64ToDec(reg.num[UMAX_LO], reg.num[UMAX_HI]);
const sminText = (reg: RegView): string => s64ToDec(reg.num[SMIN_LO], reg.num[SMIN_HI]);

interface Numbers {
  readonly rule: string | null;
  readonly witness: string | null;
}

/** The inequality that failed, and what breaks it. */
function numbersOf(family: Family, reason: Reason, reg: RegView | null): Numbers {
  const n = namedNumbers(reason);
  const [off, size] = [n.get('off') ?? null, n.get('size') ?? null];
  if (family.id === 'XL-PKT-1' && off !== null && size !== null) {
    const proven = n.get('r') ?? reg?.range ?? 0;
    return {
      rule: `${off} + ${size} <= proven packet length; proven: ${proven}`,
      witness: `a packet of ${Math.max(proven, 0)} bytes`,
    };
  }
  const room = n.get('value_size') ?? n.get('mem_size') ?? n.get('key_size') ?? null;
  if (room !== null && off !== null && size !== null) {
    return { rule: `0 <= ${off} and ${off} + ${size} <= ${room}`, witness: `an offset of ${off}` };
  }
  if (family.id === 'XL-NULL-1')
    return { rule: 'the pointer is not NULL', witness: 'NULL: nothing is found' };
  if (reg !== null && reg.type === 'scalar' && /negative/.test(reason.format)) {
    return { rule: `0 <= value; it may be ${sminText(reg)}`, witness: `the value ${sminText(reg)}` };
  }
  if (reg !== null && reg.type === 'scalar' && family.category === 'memory') {
    return { rule: `value <= room; it may be ${umaxText(reg)}`, witness: `the value ${umaxText(reg)}` };
  }
  return { rule: null, witness: null };
}

interface Findings {
  readonly family: Family;
  readonly flow: readonly FlowStep[];
  /** Index in the path of the step that is the root. */
  readonly rootStep: number | null;
}

/** Family and root together: what happened to the value decides both. */
function findingsOf(path: FailingPath, family: Family, reg: number | null): Findings {
  const last = path.steps.length - 1;
  const depth = last < 0 ? null : depthOf(path.steps[last]);
  if (reg === null || depth === null) return { family, flow: [], rootStep: null };
  const place: Place = { kind: 'reg', frame: depth, reg };
  const flow = followBack(path, last, place);
  if (family.id === 'XL-TYPE-1') {
    const stale = invalidatedAt(path, last, place, flow);
    if (stale !== null) return { family: STALE, flow, rootStep: null };
    return { family, flow, rootStep: pointerLostAt(path, flow) };
  }
  if (family.root !== 'origin') return { family, flow, rootStep: null };
  return { family, flow, rootStep: flow.find((f) => f.deed !== 'compared')?.step ?? null };
}

const STALE: Family = {
  ...familyNamed('XL-PKT-1'),
  id: 'XL-PKT-3',
  sentence: 'The program uses a packet pointer from before a call that may move the packet.',
  advice: 'Load ctx->data and ctx->data_end again after the call, and compare again.',
};

/** What nobody has written a family for: the kernel's own words must do. */
const UNKNOWN: Family = {
  id: 'XL-OTHER-1',
  category: 'program structure',
  sentence: 'The verifier refuses the program.',
  advice: 'Read the kernel’s line, and the instruction that it stopped at.',
  root: 'here',
};

function rootOf(findings: Findings, path: FailingPath, reason: Reason, at: number | null): number | null {
  if (findings.family.root === 'acquired') return namedInsn(reason) ?? at;
  return findings.rootStep === null ? at : path.steps[findings.rootStep].insn;
}

/** Built on the events of the walk alone: why the last instruction of the path was refused. */
export function explain(path: FailingPath, source: SourceMap): Explanation | null {
  const reason = decisiveReason(path.reasons);
  const step: PathStep | undefined = path.steps.at(-1);
  if (reason === null) return null;
  const at = step?.insn ?? namedInsn(reason);
  const wording = familyOf(reason) ?? UNKNOWN;
  const insn = step === undefined ? null : path.insns.at(step.insn);
  const named = suspect(path.reasons, insn, step?.frames?.at(-1) ?? null);
  const reg = wording.id === 'XL-RET-1' ? (named ?? 0) : named;
  const findings = findingsOf(path, wording, reg);
  const { family } = findings;
  const view = step === undefined || reg === null ? null : currentReg(step, reg);
  const root = rootOf(findings, path, reason, at);
  const cause = findings.flow
    .slice(0, MAX_CAUSES)
    .reverse()
    .map((f) => ({ ...source.spot(f.insn), what: deedInWords(path, f) }));
  return {
    id: family.id,
    category: family.category,
    sentence: family.sentence,
    advice: family.advice,
    at: at === null ? null : source.spot(at),
    cause,
    root: root === null ? null : source.spot(root),
    ...numbersOf(family, reason, view),
  };
}
