import { type Dominators, dominators, type Graph, isReducible } from './dominators.ts';

/**
 * Structured control flow as a flat list of steps, ready to be emitted in order. Numbers are block indices.
 * `block b`: a Wasm block whose end is where `b` starts. `loop b`: a Wasm loop that starts with `b`.
 */
export type Step =
  | { readonly op: 'block'; readonly block: number }
  | { readonly op: 'loop'; readonly block: number }
  | { readonly op: 'end' }
  /** The body of a block, its exit left to the steps that follow. */
  | { readonly op: 'body'; readonly block: number }
  /** Branch to `to` if the exit condition of `block` holds; else fall through. */
  | { readonly op: 'brIf'; readonly block: number; readonly to: number }
  | { readonly op: 'if'; readonly block: number }
  | { readonly op: 'else' }
  | { readonly op: 'br'; readonly to: number }
  /** Return, or fault, as the exit of `block` says. */
  | { readonly op: 'leave'; readonly block: number }
  | { readonly op: 'fault'; readonly block: number };

export type Structure =
  | { readonly kind: 'tree'; readonly steps: readonly Step[] }
  /** A loop with two entries: every block is reached through one dispatching loop. */
  | { readonly kind: 'dispatcher'; readonly order: readonly number[] };

/** The exit of a block, by indices only, so that this file knows nothing of instructions. */
export type Shape =
  | { readonly kind: 'goto'; readonly to: number | null }
  | { readonly kind: 'cond'; readonly taken: number | null; readonly next: number | null }
  | { readonly kind: 'leave' };

type Task =
  | { readonly kind: 'emit'; readonly step: Step }
  | { readonly kind: 'tree'; readonly node: number }
  | {
      readonly kind: 'branch';
      readonly from: number;
      readonly to: number | null;
    };

function graphOf(shapes: readonly Shape[]): Graph {
  return shapes.map((s) => {
    const out = s.kind === 'goto' ? [s.to] : s.kind === 'cond' ? [s.taken, s.next] : [];
    return out.filter((b): b is number => b !== null);
  });
}

/** Gives Wasm structure to a graph: the dominator tree's (Ramsey, "Beyond Relooper", 2022), or a dispatcher. */
export function structure(shapes: readonly Shape[]): Structure {
  const graph = graphOf(shapes);
  const dom = dominators(graph);
  if (!isReducible(graph, dom)) return { kind: 'dispatcher', order: dom.order };
  return { kind: 'tree', steps: new TreeBuilder(shapes, graph, dom).build() };
}

class TreeBuilder {
  private readonly children: number[][];
  /** Number of forward edges into each block. */
  private readonly forwardIn: Int32Array;
  private readonly loopHead: Uint8Array;
  private readonly steps: Step[] = [];
  /** Tasks still to do, the next one last; an explicit stack, since trees are deep. */
  private readonly tasks: Task[] = [];

  constructor(
    private readonly shapes: readonly Shape[],
    graph: Graph,
    private readonly dom: Dominators,
  ) {
    const { order, rank, idom } = dom;
    this.children = graph.map(() => []);
    this.forwardIn = new Int32Array(graph.length);
    this.loopHead = new Uint8Array(graph.length);
    for (const node of order) {
      if (node !== 0) this.children[idom[node]].push(node);
      for (const to of graph[node]) {
        if (rank[to] > rank[node]) this.forwardIn[to]++;
        else this.loopHead[to] = 1;
      }
    }
  }

  private isMerge(node: number): boolean {
    return this.forwardIn[node] >= 2;
  }
  private isJump(from: number, to: number): boolean {
    return this.dom.rank[to] <= this.dom.rank[from] || this.isMerge(to);
  }

  build(): Step[] {
    this.tasks.push({ kind: 'tree', node: 0 });
    for (let task = this.tasks.pop(); task !== undefined; task = this.tasks.pop()) {
      if (task.kind === 'emit') this.steps.push(task.step);
      else if (task.kind === 'tree') this.tree(task.node);
      else this.branch(task.from, task.to);
    }
    return this.steps;
  }

  /** Queues tasks so that they are done in the order given. */
  private queue(...tasks: readonly Task[]): void {
    for (let i = tasks.length - 1; i >= 0; i--) this.tasks.push(tasks[i]);
  }

  /** The block `node` with all that it dominates. */
  private tree(node: number): void {
    const emit = (step: Step): Task => ({ kind: 'emit', step });
    const merges = this.children[node].filter((c) => this.isMerge(c));
    // children are in reverse postorder: the last one's block is outermost.
    const opening = [...merges].reverse().map((m) => emit({ op: 'block', block: m }));
    const closing = merges.flatMap((m): Task[] => [emit({ op: 'end' }), { kind: 'tree', node: m }]);
    const whole = [...opening, emit({ op: 'body', block: node }), ...this.exit(node), ...closing];
    const loop = this.loopHead[node] === 1;
    this.queue(...(loop ? [emit({ op: 'loop', block: node }), ...whole, emit({ op: 'end' })] : whole));
  }

  private exit(node: number): Task[] {
    const shape = this.shapes[node];
    const emit = (step: Step): Task => ({ kind: 'emit', step });
    if (shape.kind === 'leave') return [emit({ op: 'leave', block: node })];
    if (shape.kind === 'goto') return [{ kind: 'branch', from: node, to: shape.to }];
    const { taken, next } = shape;
    if (taken !== null && this.isJump(node, taken)) {
      return [emit({ op: 'brIf', block: node, to: taken }), { kind: 'branch', from: node, to: next }];
    }
    return [
      emit({ op: 'if', block: node }),
      { kind: 'branch', from: node, to: taken },
      emit({ op: 'else' }),
      { kind: 'branch', from: node, to: next },
      emit({ op: 'end' }),
    ];
  }

  private branch(from: number, to: number | null): void {
    if (to === null) this.steps.push({ op: 'fault', block: from });
    else if (this.isJump(from, to)) this.steps.push({ op: 'br', to });
    else this.tree(to);
  }
}

/** For people and golden tests: one step a line, indented. */
export function printStructure(s: Structure): string {
  if (s.kind === 'dispatcher') return `dispatcher ${s.order.join(' ')}\n`;
  let depth = 0;
  return s.steps
    .map((step) => {
      if (step.op === 'end' || step.op === 'else') depth--;
      const line = `${'  '.repeat(depth)}${Object.values(step).join(' ')}\n`;
      if (step.op === 'block' || step.op === 'loop' || step.op === 'if' || step.op === 'else') depth++;
      return line;
    })
    .join('');
}
