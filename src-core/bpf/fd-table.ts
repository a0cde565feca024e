/** File descriptors of the simulated process: the lowest free number from 3 on. */
export class FdTable<T> {
  private readonly open = new Map<number, T>();

  add(object: T): number {
    let fd = 3;
    while (this.open.has(fd)) fd++;
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
