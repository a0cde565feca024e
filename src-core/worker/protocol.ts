import type { TestRunResult } from '../bpf/commands/test-run.ts';
import type { Why } from '../explain/why.ts';
import type { InputLocation } from '../util/input-error.ts';
import type { FrameView, RegView, SlotView } from '../verifier/events.ts';

export type { FrameView, RegView, SlotView };

/** What the person gave: assembly text, or the bytes of an object file. */
export type Source =
  | { readonly kind: 'asm'; readonly name: string; readonly text: string }
  | { readonly kind: 'object'; readonly name: string; readonly bytes: Uint8Array };

/** A remark on the input with its place, for squiggles and lists. */
export interface InputDiagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint: string | null;
  readonly location: InputLocation;
}

/** One instruction of a program as lists show it. */
export interface InsnView {
  /** Slot; a 64-bit immediate load takes two and is listed once. */
  readonly slot: number;
  /** Text as in the kernel's log, without the opcode. */
  readonly text: string;
  /** Source line: 1-based line of the assembly text or of the C file, or null. */
  readonly line: number | null;
  /** Text of the source line from BTF, or null. */
  readonly source: string | null;
  /** Name of the subprogram that starts here, or null. */
  readonly label: string | null;
}

export interface ProgramView {
  readonly name: string;
  readonly section: string;
  /** libbpf's name of the type: "xdp", "sched_cls"... */
  readonly type: string;
  readonly insns: readonly InsnView[];
  readonly takesPacket: boolean;
  /** Where the section names no type: a guess, in the words of the choice; else null. */
  readonly kindGuess: string | null;
  readonly loadError: string | null;
}

export interface MapView {
  readonly index: number;
  readonly name: string;
  readonly type: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
}

/** The opened input; `programs` is empty when errors stand in `diagnostics`. */
export interface OpenedView {
  /** Types to choose from for a program whose section names none. */
  readonly kinds: readonly string[];
  readonly license: string;
  readonly programs: readonly ProgramView[];
  readonly maps: readonly MapView[];
  readonly diagnostics: readonly InputDiagnostic[];
}

export type Verdict = 'accept' | 'reject' | 'unsupported' | 'error';

/** How a walk's visit ended the path it was on, or null when the path went on. */
export type VisitEnd = 'exit' | 'pruned' | 'rejected' | null;

/** One row of the path lens. */
export interface StepView {
  /** 1-based number of the visit, as in "processed N insns". */
  readonly visit: number;
  readonly slot: number;
  readonly end: VisitEnd;
  /** Number of visits to this instruction over the whole walk. */
  readonly visitsOfInsn: number;
}

export interface VerifiedView {
  readonly verdict: Verdict;
  readonly errno: number | null;
  readonly errnoName: string | null;
  readonly message: string | null;
  /** Slot at which the verifier stopped, or null. */
  readonly at: number | null;
  readonly log: string;
  /** Characters that a very long log lost at its beginning. */
  readonly logStart: number;
  readonly processed: number;
  readonly totalStates: number;
  readonly peakStates: number;
  readonly durationMs: number;
  /** Visits recorded; 0 when the walk did not start. */
  readonly visits: number;
  /** The visit to select first: the failing one, or 1. */
  readonly focus: number | null;
  /** Visits by slot; 0 for slots that the walk did not come to. */
  readonly visitCounts: Int32Array;
  /** Ends of paths, in the order in which the verifier reached them. */
  readonly paths: readonly { readonly visit: number; readonly end: VisitEnd }[];
}

/** A frame with its registers also in a person's words ("integer 0..255"); null where a register is not set. */
export interface FrameInWords extends FrameView {
  readonly words: readonly (string | null)[];
}

/** Frames before a visit, and which registers and slots differ from the visit before it on its path. */
export interface StateView {
  readonly visit: number;
  readonly frames: readonly FrameInWords[];
  readonly previous: readonly FrameView[] | null;
}

export interface MapEntryView {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
export interface MapContents {
  readonly index: number;
  readonly entries: readonly MapEntryView[];
  /** True when the map holds more elements than `entries`. */
  readonly more: boolean;
}

/** Words for completion and highlighting. */
export interface Vocabulary {
  readonly helpers: readonly string[];
}

/** Requests by name: what each takes and gives. */
export interface Calls {
  vocabulary: { readonly params: null; readonly result: Vocabulary };
  open: {
    readonly params: {
      readonly source: Source;
      /** Types that the person chose, by the program's name, in words of namedProgKind(). */
      readonly kinds: Readonly<Record<string, string>>;
    };
    readonly result: OpenedView;
  };
  verify: {
    readonly params: { readonly program: number; readonly level: 1 | 2 };
    readonly result: VerifiedView;
  };
  /** Why the verified program was refused; null for one that was not. */
  explain: { readonly params: null; readonly result: Why | null };
  /** The path that leads to `visit`, from entry to it. */
  path: { readonly params: { readonly visit: number }; readonly result: readonly StepView[] };
  state: { readonly params: { readonly visit: number }; readonly result: StateView | null };
  /** First visit to the instruction at `slot`, or null when the walk did not come there. */
  firstVisit: { readonly params: { readonly slot: number }; readonly result: number | null };
  /** The visit whose text stands at this character of the log, or null. */
  visitAtLog: { readonly params: { readonly at: number }; readonly result: number | null };
  /** Where the text of a visit starts in the log, in characters; null when it is not in it. */
  logPosition: { readonly params: { readonly visit: number }; readonly result: number | null };
  /** The opened object as assembly text that assembles to the same programs and maps. */
  toAssembly: { readonly params: null; readonly result: string };
  run: {
    readonly params: {
      readonly program: number;
      readonly data: Uint8Array;
      readonly engine: 'jit' | 'interp';
      readonly repeat: number;
    };
    readonly result: TestRunResult;
  };
  maps: { readonly params: { readonly limit: number }; readonly result: readonly MapContents[] };
  mapUpdate: {
    readonly params: { readonly index: number; readonly key: Uint8Array; readonly value: Uint8Array };
    readonly result: number;
  };
  mapDelete: {
    readonly params: { readonly index: number; readonly key: Uint8Array };
    readonly result: number;
  };
  resetMaps: { readonly params: null; readonly result: null };
}
export type CallName = keyof Calls;

export type Request = {
  [N in CallName]: { readonly id: number; readonly call: N; readonly params: Calls[N]['params'] };
}[CallName];

/** What the Worker posts: an answer to one request, or how far a long one has come. */
export type Reply =
  | { readonly kind: 'result'; readonly id: number; readonly value: Calls[CallName]['result'] }
  | {
      readonly kind: 'failure';
      readonly id: number;
      /** `internal`: our fault, with the stack; `input`: what was given cannot be used. */
      readonly why: 'internal' | 'input';
      readonly message: string;
      readonly location: InputLocation;
    }
  | { readonly kind: 'progress'; readonly id: number; readonly processed: number };
