import { NodeLists } from './node-list.ts';

/** LOCAL_FREE_TARGET, PERCPU_FREE_TARGET: nodes freed at once, and nodes scanned at once. */
const LOCAL_TARGET = 128;
const PERCPU_TARGET = 4;

const ACTIVE = 0;
const INACTIVE = 1;
const FREE = 2;
const LISTS = 3;

/** The map whose nodes are managed. */
export interface LruOwner {
  /** Was the node used since its reference bit was cleared? */
  isReferenced(node: number): boolean;
  clearReference(node: number): void;
  /** Takes a node's element out of the map; false when it is in none. */
  evict(node: number): boolean;
}

/** Active, inactive and free list of one LRU (`struct bpf_lru_list`), with the hand that rotates the inactive one. */
class LruList {
  private readonly counts = [0, 0];
  private hand: number;

  constructor(
    private readonly lists: NodeLists,
    /** Number of the active list; the other two follow. */
    private readonly base: number,
    private readonly owner: LruOwner,
    private readonly scans: number,
    /** The list of this LRU that each node is in; LISTS and above: another one. */
    private readonly typeOf: Uint8Array,
  ) {
    this.hand = lists.head(base + INACTIVE);
  }

  private leaves(node: number): void {
    if (node === this.hand) this.hand = this.lists.before(this.hand);
    if (this.typeOf[node] < FREE) this.counts[this.typeOf[node]]--;
  }
  /** Puts a node at the front of one of the three lists. */
  move(node: number, to: number): void {
    if (this.typeOf[node] < LISTS) this.leaves(node);
    if (to < FREE) this.counts[to]++;
    this.typeOf[node] = to;
    this.owner.clearReference(node);
    this.lists.moveToFront(node, this.base + to);
  }
  /** Takes a node out of the three lists to the front of another one. */
  private moveOut(node: number, list: number, type: number): void {
    this.leaves(node);
    this.typeOf[node] = type;
    this.lists.moveToFront(node, list);
  }

  firstFree(): number | null {
    return this.lists.first(this.base + FREE);
  }

  /** __bpf_lru_list_rotate() */
  rotate(): void {
    if (this.counts[INACTIVE] < this.counts[ACTIVE]) this.rotateActive();
    this.rotateInactive();
  }

  private rotateActive(): void {
    const first = this.lists.first(this.base + ACTIVE);
    let scanned = 0;
    this.lists.backwards(this.base + ACTIVE, (node) => {
      this.move(node, this.owner.isReferenced(node) ? ACTIVE : INACTIVE);
      return ++scanned !== this.scans && node !== first;
    });
  }

  private rotateInactive(): void {
    const { lists } = this;
    const head = lists.head(this.base + INACTIVE);
    if (lists.isEmpty(this.base + INACTIVE)) return;
    let last = lists.after(this.hand);
    if (last === head) last = lists.after(last);
    let next = head;
    let at = this.hand;
    for (let scanned = 0; scanned < this.scans; ) {
      if (at === head) {
        at = lists.before(at);
        continue;
      }
      next = lists.before(at);
      if (this.owner.isReferenced(at)) this.move(at, ACTIVE);
      if (at === last) break;
      at = next;
      scanned++;
    }
    this.hand = next;
  }

  /** __bpf_lru_list_shrink(): evicts up to `wanted` nodes into another list. */
  shrink(wanted: number, list: number, type: number): void {
    if (this.shrinkInactive(wanted, list, type) > 0) return;
    const victims = this.lists.isEmpty(this.base + INACTIVE) ? ACTIVE : INACTIVE;
    this.lists.backwards(this.base + victims, (node) => {
      if (!this.owner.evict(node)) return true;
      this.moveOut(node, list, type);
      return false;
    });
  }

  /** The same for a per-CPU LRU, into its own free list. */
  shrinkToFree(): void {
    this.shrink(PERCPU_TARGET, this.base + FREE, FREE);
  }

  private shrinkInactive(wanted: number, list: number, type: number): number {
    let shrunk = 0;
    let scanned = 0;
    this.lists.backwards(this.base + INACTIVE, (node) => {
      if (this.owner.isReferenced(node)) this.move(node, ACTIVE);
      else if (this.owner.evict(node)) {
        this.moveOut(node, list, type);
        if (++shrunk === wanted) return false;
      }
      return ++scanned !== this.scans;
    });
    return shrunk;
  }

  /** Moves up to `wanted` free nodes to another list; how many. */
  takeFree(wanted: number, list: number, type: number): number {
    let taken = 0;
    for (let node = this.firstFree(); node !== null && taken < wanted; node = this.firstFree()) {
      this.moveOut(node, list, type);
      taken++;
    }
    return taken;
  }
}

/** Which node an LRU map writes its next element to, and which element is lost for it (bpf_lru_list.c). */
export interface Lru {
  /** A node for a new element, or null. */
  take(cpu: number): number | null;
  /** Gives a node back whose element is gone. */
  give(node: number): void;
}

/** The LRU that all CPUs share, each with a few nodes of its own in stock (`struct bpf_common_lru`). */
export class CommonLru implements Lru {
  private readonly lists: NodeLists;
  private readonly typeOf: Uint8Array;
  private readonly cpuOf: Uint16Array;
  private readonly nextSteal: number[];
  private readonly lru: LruList;
  private readonly target: number;

  constructor(
    nodes: number,
    private readonly cpus: number,
    private readonly owner: LruOwner,
  ) {
    this.lists = new NodeLists(nodes, LISTS + 2 * cpus);
    this.typeOf = new Uint8Array(nodes).fill(LISTS);
    this.cpuOf = new Uint16Array(nodes);
    this.nextSteal = Array.from({ length: cpus }, (_, cpu) => cpu);
    this.lru = new LruList(this.lists, 0, owner, LOCAL_TARGET, this.typeOf);
    this.target = Math.min(LOCAL_TARGET, Math.max(1, Math.floor(Math.floor(nodes / cpus) / 2)));
    for (let node = 0; node < nodes; node++) this.lru.move(node, FREE);
  }

  private readonly localFree = (cpu: number): number => LISTS + 2 * cpu;
  private readonly pending = (cpu: number): number => LISTS + 2 * cpu + 1;

  take(cpu: number): number | null {
    if (this.lists.isEmpty(this.localFree(cpu))) this.refill(cpu);
    const node = this.lists.first(this.localFree(cpu)) ?? this.steal(cpu);
    if (node === null) return null;
    this.cpuOf[node] = cpu;
    this.typeOf[node] = this.pending(cpu);
    this.owner.clearReference(node);
    this.lists.moveToFront(node, this.pending(cpu));
    return node;
  }

  /** bpf_lru_list_pop_free_to_local() */
  private refill(cpu: number): void {
    const [free, type] = [this.localFree(cpu), this.localFree(cpu)];
    this.lists.backwards(this.pending(cpu), (node) => {
      this.lru.move(node, this.owner.isReferenced(node) ? ACTIVE : INACTIVE);
      return true;
    });
    this.lru.rotate();
    const taken = this.lru.takeFree(this.target, free, type);
    if (taken < this.target) this.lru.shrink(this.target - taken, free, type);
  }

  private steal(cpu: number): number | null {
    let from = this.nextSteal[cpu];
    let node: number | null = null;
    const first = from;
    do {
      node = this.lists.first(this.localFree(from)) ?? this.oldestPending(from);
      from = (from + 1) % this.cpus;
    } while (node === null && from !== first);
    this.nextSteal[cpu] = from;
    return node;
  }

  private oldestPending(cpu: number): number | null {
    let found: number | null = null;
    for (const force of [false, true]) {
      this.lists.backwards(this.pending(cpu), (node) => {
        if ((this.owner.isReferenced(node) && !force) || !this.owner.evict(node)) return true;
        found = node;
        return false;
      });
      if (found !== null) break;
    }
    return found;
  }

  give(node: number): void {
    if (this.typeOf[node] < LISTS) return this.lru.move(node, FREE);
    const free = this.localFree(this.cpuOf[node]);
    this.typeOf[node] = free;
    this.owner.clearReference(node);
    this.lists.moveToFront(node, free);
  }
}

/** One LRU a CPU (BPF_F_NO_COMMON_LRU). */
export class PerCpuLru implements Lru {
  private readonly lrus: LruList[] = [];
  private readonly cpuOf: Uint16Array;

  constructor(nodes: number, cpus: number, owner: LruOwner) {
    const lists = new NodeLists(nodes, LISTS * cpus);
    const typeOf = new Uint8Array(nodes).fill(LISTS);
    this.cpuOf = new Uint16Array(nodes);
    for (let cpu = 0; cpu < cpus; cpu++)
      this.lrus.push(new LruList(lists, LISTS * cpu, owner, PERCPU_TARGET, typeOf));
    const share = Math.floor(nodes / cpus);
    for (let node = 0; node < nodes; node++) {
      this.cpuOf[node] = Math.min(cpus - 1, Math.floor(node / share));
      this.lrus[this.cpuOf[node]].move(node, FREE);
    }
  }

  take(cpu: number): number | null {
    const lru = this.lrus[cpu];
    lru.rotate();
    if (lru.firstFree() === null) lru.shrinkToFree();
    const node = lru.firstFree();
    if (node !== null) lru.move(node, INACTIVE);
    return node;
  }
  give(node: number): void {
    this.lrus[this.cpuOf[node]].move(node, FREE);
  }
}
