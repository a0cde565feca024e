/** Objects of one kind by id. Ids count up and are not used again (idr_alloc_cyclic()). */
export class IdTable<T> {
  private readonly byId = new Map<number, T>();
  private last = 0;

  /** The id that the next object gets. */
  allocate(): number {
    return ++this.last;
  }
  set(id: number, object: T): void {
    this.byId.set(id, object);
  }
  get(id: number): T | null {
    return this.byId.get(id) ?? null;
  }
  remove(id: number): void {
    this.byId.delete(id);
  }
  /** The smallest id above `id`, or null. */
  after(id: number): number | null {
    let next: number | null = null;
    for (const each of this.byId.keys()) if (each > id && (next === null || each < next)) next = each;
    return next;
  }
  all(): readonly T[] {
    return [...this.byId.values()];
  }
}
