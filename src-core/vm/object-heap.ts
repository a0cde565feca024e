import type { VmMemory } from './memory.ts';

interface HeapObject {
  readonly size: number;
  references: number;
}

/**
 * Objects that programs make (bpf_obj_new()), and the lists and trees that they hang them in. Which node is in which
 * list stands here; the heads and nodes in memory only name it.
 */
export class ObjectHeap {
  private readonly objects = new Map<number, HeapObject>();
  /** Nodes of each list or tree, in order, by the address of its head. */
  private readonly chains = new Map<number, number[]>();
  /** Head of the list that a node is in. */
  private readonly headOf = new Map<number, number>();

  constructor(private readonly memory: VmMemory) {}

  /** A zeroed object with one reference, or 0. */
  create(size: number): number {
    const at = this.memory.alloc(Math.max(8, size));
    if (at === null) return 0;
    this.objects.set(at, { size: Math.max(8, size), references: 1 });
    return at;
  }
  acquire(at: number): number {
    const object = this.objects.get(at);
    if (object !== undefined) object.references++;
    return at;
  }
  drop(at: number): void {
    const object = this.objects.get(at);
    if (object === undefined || --object.references > 0) return;
    this.objects.delete(at);
    this.memory.release(at, object.size);
  }
  /** The object that an address lies in, or null. */
  around(at: number): number | null {
    for (const [start, { size }] of this.objects) if (at >= start && at < start + size) return start;
    return null;
  }

  chain(head: number): number[] {
    const known = this.chains.get(head);
    if (known !== undefined) return known;
    const made: number[] = [];
    this.chains.set(head, made);
    return made;
  }
  isChained(node: number): boolean {
    return this.headOf.has(node);
  }
  /** Puts a node at a place of a chain. */
  insert(head: number, place: number, node: number): void {
    this.chain(head).splice(place, 0, node);
    this.headOf.set(node, head);
  }
  /** Takes a node out; false when it is not in that chain. */
  take(head: number, node: number): boolean {
    const chain = this.chain(head);
    const at = chain.indexOf(node);
    if (at < 0) return false;
    chain.splice(at, 1);
    this.headOf.delete(node);
    return true;
  }
}
