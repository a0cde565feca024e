import { type AsmDiagnostic, AsmFault, type Place } from './diagnostics.ts';
import type { HelperId } from './parse-control.ts';
import {
  type CodeSection,
  isCode,
  type Label,
  NO_ATTRIBUTES,
  type PlacedInsn,
  type Source,
} from './source.ts';
import { nearest } from './suggest.ts';

/** A function: a run of instructions of one section. */
export interface AsmFunction {
  readonly name: string;
  readonly section: CodeSection;
  /** First slot in the section, and the slot behind the last. */
  readonly start: number;
  readonly end: number;
  readonly insns: readonly PlacedInsn[];
  /** Called by others: it goes to .text, where libbpf looks for subprograms. */
  readonly isSubprog: boolean;
  readonly global: boolean;
  readonly weak: boolean;
  readonly hidden: boolean;
  readonly args: number;
}

/** What a reference means, found by name. */
export type Meaning =
  | { readonly kind: 'slot'; readonly section: CodeSection; readonly slot: number }
  | { readonly kind: 'helper'; readonly id: number }
  /** A kernel function, by its BTF id in the kernel at hand. */
  | { readonly kind: 'kfunc'; readonly id: number }
  | { readonly kind: 'data'; readonly label: Label }
  | { readonly kind: 'map'; readonly name: string }
  | { readonly kind: 'fault' };

/** Resolves the names that instructions use; what is not there becomes a diagnostic. */
export class Resolver {
  constructor(
    private readonly source: Source,
    private readonly helperId: HelperId,
    private readonly kfuncId: HelperId,
    private readonly helperNames: Iterable<string>,
    private readonly report: (d: AsmDiagnostic) => void,
  ) {}

  private fault(message: string, place: Place, expected: string, suggestion: string | null): Meaning {
    this.report(new AsmFault(message, place, expected, suggestion).toDiagnostic());
    return { kind: 'fault' };
  }

  private codeLabels(section: CodeSection | null): string[] {
    const all = [...this.source.labels.values()].filter((l) => isCode(l.section));
    return all.filter((l) => section === null || l.section === section).map((l) => l.name);
  }

  resolve(section: CodeSection, at: PlacedInsn): Meaning {
    const { ref } = at;
    switch (ref?.kind) {
      case 'jump':
        return this.jump(section, at, ref.label, ref.place);
      case 'call':
        return this.call(ref.label, ref.place, ref.mustBeLocal);
      case 'callSlot': {
        const slot = at.slot + at.slots[0].imm + 1;
        if (section.insns.some((i) => i.slot === slot)) return { kind: 'slot', section, slot };
        return this.fault(
          `the called slot ${slot} is not in section "${section.name}"`,
          ref.place,
          'a label',
          null,
        );
      }
      case 'address':
        return this.address(ref.label, ref.place);
      default:
        return { kind: 'fault' };
    }
  }

  private jump(section: CodeSection, at: PlacedInsn, name: string, place: Place): Meaning {
    const label = this.source.labels.get(name);
    if (label !== undefined && label.section === section) return { kind: 'slot', section, slot: label.at };
    if (label !== undefined)
      return this.fault(`label '${name}' is in another section`, place, 'a label of this section', null);
    // ubpf reads "exit" as the next exit instruction.
    const exits = name === 'exit' ? section.insns.filter((i) => i.slots[0].code === 0x95) : [];
    const exit = exits.find((i) => i.slot > at.slot) ?? exits.at(-1);
    if (exit !== undefined) return { kind: 'slot', section, slot: exit.slot };
    const labels = this.codeLabels(section);
    return this.fault(
      `label '${name}' is not defined`,
      place,
      'a label of this section',
      nearest(name, labels),
    );
  }

  private call(name: string, place: Place, mustBeLocal: boolean): Meaning {
    const label = this.source.labels.get(name);
    if (label !== undefined && isCode(label.section))
      return { kind: 'slot', section: label.section, slot: label.at };
    const id = mustBeLocal ? null : this.helperId(name);
    if (id !== null) return { kind: 'helper', id };
    const kfunc = mustBeLocal ? null : this.kfuncId(name);
    if (kfunc !== null) return { kind: 'kfunc', id: kfunc };
    const known = mustBeLocal ? this.codeLabels(null) : [...this.codeLabels(null), ...this.helperNames];
    const what = mustBeLocal ? 'a label' : 'a label or a helper';
    return this.fault(
      `'${name}' is ${mustBeLocal ? 'no label' : 'no label and no helper'}`,
      place,
      what,
      nearest(name, known),
    );
  }

  private address(name: string, place: Place): Meaning {
    if (this.source.maps.has(name)) return { kind: 'map', name };
    const label = this.source.labels.get(name);
    if (label !== undefined && isCode(label.section))
      return { kind: 'slot', section: label.section, slot: label.at };
    if (label !== undefined) return { kind: 'data', label };
    const known = [...this.source.maps.keys(), ...this.source.labels.keys()];
    return this.fault(`symbol '${name}' is not defined`, place, 'a map or a label', nearest(name, known));
  }
}

const key = (section: CodeSection, slot: number): string => `${section.name}\0${slot}`;

/** Cuts the code sections into functions. Starts: slot 0, declared functions, called or loaded addresses. */
export function splitFunctions(source: Source, meanings: ReadonlyMap<PlacedInsn, Meaning>): AsmFunction[] {
  const jumped = new Set<string>();
  const called = new Set<string>();
  for (const [insn, meaning] of meanings) {
    if (meaning.kind !== 'slot') continue;
    (insn.ref?.kind === 'jump' ? jumped : called).add(key(meaning.section, meaning.slot));
  }
  const names = new Set(source.labels.keys());
  return source.code.flatMap((section) => {
    const starts = startsOf(source, section, called);
    return starts.map((start, i) =>
      makeFunction(source, section, start, starts[i + 1] ?? section.slots, { jumped, called, names }),
    );
  });
}

function startsOf(source: Source, section: CodeSection, called: ReadonlySet<string>): number[] {
  if (section.slots === 0) return [];
  const starts = new Set([0]);
  for (const label of source.labels.values()) {
    const attributes = source.attributes.get(label.name) ?? NO_ATTRIBUTES;
    if (label.section === section && (attributes.isFunction || attributes.global)) starts.add(label.at);
  }
  for (const insn of section.insns) if (called.has(key(section, insn.slot))) starts.add(insn.slot);
  return [...starts].filter((s) => s < section.slots).sort((a, b) => a - b);
}

interface Uses {
  readonly jumped: ReadonlySet<string>;
  readonly called: ReadonlySet<string>;
  readonly names: Set<string>;
}

function makeFunction(
  source: Source,
  section: CodeSection,
  start: number,
  end: number,
  uses: Uses,
): AsmFunction {
  const here = key(section, start);
  const labels = [...source.labels.values()].filter((l) => l.section === section && l.at === start);
  const declared = labels.find((l) => source.attributes.get(l.name) !== undefined);
  const plain = uses.jumped.has(here) && !uses.called.has(here) ? undefined : labels[0];
  const name = (declared ?? plain)?.name ?? freshName(section, start, uses.names);
  const attributes = source.attributes.get(name) ?? NO_ATTRIBUTES;
  const inText = section.name === '.text';
  return {
    name,
    section,
    start,
    end,
    insns: section.insns.filter((i) => i.slot >= start && i.slot < end),
    isSubprog: inText || uses.called.has(here),
    global: attributes.global,
    weak: attributes.weak,
    hidden: attributes.hidden,
    args: attributes.args,
  };
}

/** "prog" for the first program without a name, then after the section. */
function freshName(section: CodeSection, start: number, names: Set<string>): string {
  const base = start === 0 ? 'prog' : `sub_${start}`;
  const bySection = `${section.name.replace(/\W/g, '_')}_${start}`;
  const name = names.has(base) ? bySection : base;
  names.add(name);
  return name;
}
