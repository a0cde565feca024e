import { HEAP, SCRATCH } from '../jit/abi.ts';
import { InternalError } from '../util/assert-never.ts';

const PAGE = 0x10000;
const MAX_PAGES = 0x4000;

/** Largest block that the allocator gives: map memory is capped well under the 1 GiB of `MAX_PAGES`. */
const MAX_BLOCK = 512 << 20;

const sizeClass = (size: number): number => 32 - Math.clz32(Math.max(16, size) - 1);

/** The one linear memory of a simulated kernel, with its allocator; the map of fixed places is jit/abi.ts. */
export class VmMemory {
  readonly wasm = new WebAssembly.Memory({ initial: Math.ceil(HEAP / PAGE) + 10, maximum: MAX_PAGES });
  bytes = new Uint8Array(0);
  view = new DataView(new ArrayBuffer(0));
  words = new Int32Array(0);
  private top = HEAP;
  /** Freed blocks by power-of-two class. */
  private readonly free: number[][] = Array.from({ length: 32 }, () => []);

  constructor() {
    this.refresh();
  }

  private refresh(): void {
    this.bytes = new Uint8Array(this.wasm.buffer);
    this.view = new DataView(this.wasm.buffer);
    this.words = new Int32Array(this.wasm.buffer);
  }

  /** A zeroed block, 8-byte aligned, or null when memory is exhausted (the kernel's -ENOMEM). */
  alloc(size: number): number | null {
    if (size > MAX_BLOCK) return null;
    const cls = sizeClass(size);
    const reused = this.free[cls].pop();
    if (reused !== undefined) {
      this.bytes.fill(0, reused, reused + (1 << cls));
      return reused;
    }
    const at = this.top;
    const end = at + 2 ** cls;
    if (end > this.bytes.length && !this.grow(end)) return null;
    this.top = end;
    return at;
  }

  private grow(end: number): boolean {
    const pages = Math.ceil((end - this.bytes.length) / PAGE);
    // Grow by a quarter at least, so that many small maps do not copy the views each time.
    const wanted = Math.min(
      Math.max(pages, this.bytes.length / PAGE / 4),
      MAX_PAGES - this.bytes.length / PAGE,
    );
    if (wanted < pages) return false;
    try {
      this.wasm.grow(wanted);
    } catch {
      return false;
    }
    this.refresh();
    return true;
  }

  release(at: number, size: number): void {
    if (at < HEAP) throw new InternalError(`block ${at} is not the heap's`);
    this.free[sizeClass(size)].push(at);
  }

  u32(at: number): number {
    return this.view.getUint32(at, true);
  }

  setU32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  slice(at: number, size: number): Uint8Array {
    return this.bytes.slice(at, at + size);
  }

  /** True when [at, at+size) lies inside memory and not in the null page. */
  contains(at: number, size: number): boolean {
    return at >= SCRATCH && size >= 0 && at + size <= this.bytes.length;
  }
}
