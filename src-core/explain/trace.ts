import type { FrameView, VerifierEvent } from '../verifier/events.ts';

/** How a visit ended its path, or null when the path went on. */
export type PathEnd = 'exit' | 'pruned' | 'rejected' | null;

const END_CODE = { exit: 1, pruned: 2, rejected: 3 } as const;
const ENDS: readonly PathEnd[] = [null, 'exit', 'pruned', 'rejected'];

/** Grows by doubling. */
class GrowingInts {
  private data = new Int32Array(1024);
  length = 0;
  push(value: number): void {
    if (this.length === this.data.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = value;
  }
  at(i: number): number {
    return this.data[i];
  }
  set(i: number, value: number): void {
    this.data[i] = value;
  }
}

/**
 * The walk of one verification as compact arrays: which instruction each visit looked at, which visit it came
 * from, how its path ended. States are kept for a window of visits only; the walk is deterministic, so another
 * window is had by verifying again.
 */
export class WalkTrace {
  private readonly insns = new GrowingInts();
  /** Visit that this one follows on its path; 0 for the first. */
  private readonly parents = new GrowingInts();
  private readonly ends = new GrowingInts();
  /** Characters of log before each visit's own text. */
  private readonly logPositions = new GrowingInts();
  private readonly states = new Map<number, readonly FrameView[]>();
  private readonly counts = new Map<number, number>();
  /** Visits that pushed a branch still waiting, innermost last: the kernel's stack. */
  private readonly pushed: number[] = [];
  private parent = 0;

  /** States of visits in [first, last] are kept. */
  constructor(
    private readonly first: number,
    private readonly last: number,
  ) {}

  get visits(): number {
    return this.insns.length;
  }

  /** Give this to `VerifyOptions.onEvent`. */
  readonly listen = (event: VerifierEvent): void => {
    switch (event.kind) {
      case 'visit':
        this.visit(event.visit, event.insn, event.logPos, event.frames);
        return;
      case 'push':
        this.pushed.push(event.visit);
        return;
      case 'pop':
        this.parent = this.pushed.pop() ?? 0;
        return;
      case 'prune':
        return this.end(event.visit, 'pruned');
      case 'path-end':
        this.end(event.visit, 'exit');
        // What comes next starts anew (a global function) unless a waiting branch is taken up.
        this.parent = 0;
        return;
      case 'reject':
        return this.end(event.visit, 'rejected');
    }
  };

  private visit(visit: number, insn: number, logPos: number, frames: () => readonly FrameView[]): void {
    this.insns.push(insn);
    this.parents.push(this.parent);
    this.ends.push(0);
    this.logPositions.push(logPos);
    this.counts.set(insn, (this.counts.get(insn) ?? 0) + 1);
    this.parent = visit;
    if (visit >= this.first && visit <= this.last) this.states.set(visit, frames());
  }

  private end(visit: number, how: 'exit' | 'pruned' | 'rejected'): void {
    // A path that was pruned or refused ends too; the first word about it stands.
    if (visit >= 1 && visit <= this.ends.length && this.ends.at(visit - 1) === 0)
      this.ends.set(visit - 1, END_CODE[how]);
  }

  insnOf(visit: number): number {
    return this.insns.at(visit - 1);
  }
  endOf(visit: number): PathEnd {
    return ENDS[this.ends.at(visit - 1)];
  }
  visitsOfInsn(insn: number): number {
    return this.counts.get(insn) ?? 0;
  }
  logPosOf(visit: number): number {
    return this.logPositions.at(visit - 1);
  }

  /**
   * The visit whose text stands at character `at` of the log, or null before the first. At level 1 the log
   * keeps the last path only, so only that path's visits count.
   */
  visitAtLog(at: number, level: 1 | 2): number | null {
    const path = level === 1 ? this.pathTo(this.visits) : null;
    const count = path === null ? this.visits : path.length;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.logPosOf(path === null ? middle + 1 : path[middle]) <= at) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? null : path === null ? low : path[low - 1];
  }

  /** First visit to `insn`, or null. */
  firstVisit(insn: number): number | null {
    for (let v = 1; v <= this.visits; v++) if (this.insns.at(v - 1) === insn) return v;
    return null;
  }
  /** Visits by slot, for a program of `slots` slots. */
  visitCounts(slots: number): Int32Array {
    const out = new Int32Array(slots);
    for (const [insn, count] of this.counts) out[insn] = count;
    return out;
  }
  parentOf(visit: number): number | null {
    const parent = this.parents.at(visit - 1);
    return parent === 0 ? null : parent;
  }

  /** Visits from the entry to `visit`, in the order of the program's run. */
  pathTo(visit: number): number[] {
    const path: number[] = [];
    for (let v: number | null = visit; v !== null; v = this.parentOf(v)) path.push(v);
    return path.reverse();
  }

  /** Ends of paths in the order of the walk. */
  leaves(limit: number): { readonly visit: number; readonly end: PathEnd }[] {
    const out: { visit: number; end: PathEnd }[] = [];
    for (let v = 1; v <= this.visits && out.length < limit; v++) {
      if (this.ends.at(v - 1) !== 0) out.push({ visit: v, end: this.endOf(v) });
    }
    return out;
  }

  /** Frames before `visit`, or null when it lies outside the window. */
  stateOf(visit: number): readonly FrameView[] | null {
    return this.states.get(visit) ?? null;
  }
}
