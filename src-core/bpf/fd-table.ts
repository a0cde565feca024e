/** File descriptors of the simulated kernel: small numbers from 3 on, as a fresh process would get. */
export class FdTable<T> {
  private readonly open = new Map<number, T>();
  private next = 3;

  add(object: T): number {
    const fd = this.next++;
    this.open.set(fd, object);
    return fd;
  }
  get(fd: number): T | null {
    return this.open.get(fd) ?? null;
  }
  close(fd: number): T | null {
    const object = this.get(fd);
    this.open.delete(fd);
    return object;
  }
  entries(): readonly (readonly [number, T])[] {
    return [...this.open];
  }
}
