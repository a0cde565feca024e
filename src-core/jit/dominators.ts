/** A graph by successor lists; node 0 is the entry and reaches every node. */
export type Graph = readonly (readonly number[])[];

export interface Dominators {
  /** Nodes in reverse postorder. */
  readonly order: readonly number[];
  /** Position of each node in `order`. */
  readonly rank: Int32Array;
  /** Immediate dominator of each node; the entry's is itself. */
  readonly idom: Int32Array;
}

/** Reverse postorder by an explicit stack: programs are up to a million instructions deep. */
function reversePostorder(graph: Graph): number[] {
  const seen = new Uint8Array(graph.length);
  const order: number[] = [];
  const stack: { node: number; next: number }[] = [{ node: 0, next: 0 }];
  seen[0] = 1;
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const successor = graph[top.node][top.next++];
    if (successor === undefined) {
      order.push(top.node);
      stack.pop();
    } else if (seen[successor] === 0) {
      seen[successor] = 1;
      stack.push({ node: successor, next: 0 });
    }
  }
  return order.reverse();
}

/** Dominators by iteration over reverse postorder (Cooper, Harvey and Kennedy, 2001). */
export function dominators(graph: Graph): Dominators {
  const order = reversePostorder(graph);
  const rank = new Int32Array(graph.length).fill(-1);
  order.forEach((node, i) => {
    rank[node] = i;
  });
  const predecessors: number[][] = graph.map(() => []);
  for (const node of order) for (const to of graph[node]) predecessors[to].push(node);
  const idom = new Int32Array(graph.length).fill(-1);
  idom[0] = 0;
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      while (rank[a] > rank[b]) a = idom[a];
      while (rank[b] > rank[a]) b = idom[b];
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of order) {
      if (node === 0) continue;
      let best = -1;
      for (const p of predecessors[node]) if (idom[p] >= 0) best = best < 0 ? p : meet(p, best);
      if (idom[node] !== best) {
        idom[node] = best;
        changed = true;
      }
    }
  }
  return { order, rank, idom };
}

/** True when every backward edge goes to a dominator of its source: no loop has two entries. */
export function isReducible(graph: Graph, { order, rank, idom }: Dominators): boolean {
  const dominates = (a: number, b: number): boolean => {
    while (rank[b] > rank[a]) b = idom[b];
    return a === b;
  };
  return order.every((node) => graph[node].every((to) => rank[to] > rank[node] || dominates(to, node)));
}
