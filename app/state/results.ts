import { create } from 'zustand';
import type {
  Calls,
  MapContents,
  OpenedView,
  StateView,
  StepView,
  VerifiedView,
} from '../../src-core/worker/protocol.ts';

export type RunResult = Calls['run']['result'];

/** What the Worker found; everything here belongs to `version` of the document. */
export interface ResultsState {
  readonly version: number;
  readonly phase: 'idle' | 'opening' | 'verifying';
  /** Instructions looked at so far, while verifying; null before the first report. */
  readonly progress: number | null;
  readonly opened: OpenedView | null;
  readonly verified: VerifiedView | null;
  /** Why the program was refused, once that is worked out. */
  readonly why: Calls['explain']['result'];
  readonly path: readonly StepView[];
  readonly state: StateView | null;
  readonly run: RunResult | null;
  readonly running: boolean;
  readonly maps: readonly MapContents[];
  /** Map contents before the last run, to show what changed. */
  readonly mapsBefore: readonly MapContents[] | null;
  /** A fault of ours or a stopped Worker, in words; the input is untouched. */
  readonly fault: string | null;
}

export const EMPTY_RESULTS: ResultsState = {
  version: 0,
  phase: 'idle',
  progress: null,
  opened: null,
  verified: null,
  why: null,
  path: [],
  state: null,
  run: null,
  running: false,
  maps: [],
  mapsBefore: null,
  fault: null,
};

export const useResults = create<ResultsState>(() => EMPTY_RESULTS);
