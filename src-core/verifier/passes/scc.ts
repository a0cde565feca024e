import type { VerifierEnv } from '../state/env.ts';
import { insnSuccessors } from './insn-flow.ts';

const NOT_ON_STACK = 0x7fff_ffff;

/** Tarjan's strongly connected components without recursion, after Pearce's Algorithm 3. */
class SccSearch {
  private readonly pre: Int32Array;
  private readonly low: Int32Array;
  private readonly component: number[] = [];
  private readonly path: number[] = [];
  private readonly succ = new Int32Array(2);
  private nextPreorder = 1;
  /** Number for the next loop; straight code has none and keeps 0. */
  nextScc = 1;

  constructor(private readonly env: VerifierEnv) {
    this.pre = new Int32Array(env.insns.length);
    this.low = new Int32Array(env.insns.length);
  }

  isVisited(i: number): boolean {
    return this.pre[i] !== 0;
  }

  searchFrom(start: number): void {
    this.path.push(start);
    while (this.path.length > 0) {
      const w = this.path[this.path.length - 1];
      this.enter(w);
      const succs = insnSuccessors(this.env.insns, w, this.succ);
      const unvisited = this.lowerTo(w, succs);
      if (unvisited !== null) {
        this.path.push(unvisited);
        continue;
      }
      this.path.pop();
      // Something below on the stack can be reached: the loop is not complete yet.
      if (this.low[w] === this.pre[w]) this.closeComponent(w, succs);
    }
  }

  private enter(w: number): void {
    if (this.pre[w] !== 0) return;
    this.pre[w] = this.low[w] = this.nextPreorder++;
    this.component.push(w);
  }

  /** Takes over what the successors reach; the first one not visited yet, or null. */
  private lowerTo(w: number, succs: number): number | null {
    for (let j = 0; j < succs; j++) {
      const s = this.succ[j];
      if (this.pre[s] === 0) return s;
      this.low[w] = Math.min(this.low[w], this.low[s]);
    }
    return null;
  }

  /** A component counts when it has two members or an edge to itself. */
  private closeComponent(w: number, succs: number): void {
    const isLoop =
      this.component[this.component.length - 1] !== w || this.succ.subarray(0, succs).includes(w);
    for (;;) {
      const t = this.component.pop();
      if (t === undefined) break;
      this.low[t] = NOT_ON_STACK;
      if (isLoop) this.env.aux.scc[t] = this.nextScc;
      if (t === w) break;
    }
    if (isLoop) this.nextScc++;
  }
}

/** compute_scc(): numbers the loops of the program in env.aux.scc. */
export function computeScc(env: VerifierEnv): void {
  const search = new SccSearch(env);
  for (let i = 0; i < env.insns.length; i++) {
    if (!search.isVisited(i)) search.searchFrom(i);
  }
  env.sccCnt = search.nextScc;
  env.sccInfo = new Array(search.nextScc).fill(undefined);
}
