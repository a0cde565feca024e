/**
 * Doubly linked lists over numbered nodes, as `struct list_head` has them: a node is in one list at most, and
 * each list has a head that stands in the ring like a node.
 */
export class NodeLists {
  private readonly next: Int32Array;
  private readonly prev: Int32Array;

  /** Heads of the lists are numbered behind the nodes. */
  constructor(
    private readonly nodes: number,
    lists: number,
  ) {
    this.next = new Int32Array(nodes + lists);
    this.prev = new Int32Array(nodes + lists);
    for (let i = 0; i < nodes + lists; i++) this.next[i] = this.prev[i] = i;
  }

  head(list: number): number {
    return this.nodes + list;
  }
  after(at: number): number {
    return this.next[at];
  }
  before(at: number): number {
    return this.prev[at];
  }
  isEmpty(list: number): boolean {
    return this.next[this.head(list)] === this.head(list);
  }
  /** First node, or null. */
  first(list: number): number | null {
    return this.isEmpty(list) ? null : this.next[this.head(list)];
  }

  /** list_move(): to the front. */
  moveToFront(node: number, list: number): void {
    this.remove(node);
    const head = this.head(list);
    const first = this.next[head];
    this.next[head] = this.prev[first] = node;
    this.prev[node] = head;
    this.next[node] = first;
  }
  remove(node: number): void {
    this.next[this.prev[node]] = this.next[node];
    this.prev[this.next[node]] = this.prev[node];
    this.next[node] = this.prev[node] = node;
  }

  /** Calls `visit` for each node from the last to the first until it answers false; it may move the node. */
  backwards(list: number, visit: (node: number) => boolean): void {
    const head = this.head(list);
    for (let at = this.prev[head]; at !== head; ) {
      const before = this.prev[at];
      if (!visit(at)) return;
      at = before;
    }
  }
}
