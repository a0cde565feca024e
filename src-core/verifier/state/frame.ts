import { MAX_BPF_REG } from '../../isa/opcodes.ts';
import { REG_WORDS, Reg } from './reg.ts';

export const BPF_REG_SIZE = 8;
export const MAX_BPF_STACK = 512;
export const MAX_SLOTS = MAX_BPF_STACK / BPF_REG_SIZE;
export const MAX_CALL_FRAMES = 8;

const LIVE_WORDS = (MAX_BPF_REG + MAX_SLOTS) * REG_WORDS;

export interface RetvalRange {
  minval: number;
  maxval: number;
}

/**
 * One call frame (`struct bpf_func_state`): registers r0..r10, then the allocated stack slots, in one array
 * (`words`), so that a copy is one `set`. Slot i covers bytes r10-8*(i+1) .. r10-8*i-1.
 */
export class Frame {
  /** Index of the call instruction that entered the frame; -1 (BPF_MAIN_FUNC) for the first. */
  callsite = 0;
  frameno = 0;
  subprogno = 0;
  asyncEntryCnt = 0;
  callbackRetRange: RetvalRange = { minval: 0, maxval: 0 };
  inCallbackFn = false;
  inAsyncCallbackFn = false;
  inExceptionCallbackFn = false;
  callbackDepth = 0;
  /** Bytes of stack tracked, a multiple of 8. */
  allocatedStack = 0;
  private readonly views: (Reg | undefined)[] = [];

  private constructor(
    /** Record k < 11 is register k; record 11 + i is stack slot i. */
    public words: Int32Array,
  ) {}

  /** An empty frame with room for the whole stack, for the state being walked. */
  static live(): Frame {
    return new Frame(new Int32Array(LIVE_WORDS));
  }

  /** Offset in `words` of stack slot `spi`. */
  static slotOffset(spi: number): number {
    return (MAX_BPF_REG + spi) * REG_WORDS;
  }

  get slots(): number {
    return this.allocatedStack / BPF_REG_SIZE;
  }
  reg(regno: number): Reg {
    return (this.views[regno] ??= new Reg(this.words, regno * REG_WORDS));
  }
  /** Slot `spi` < slots; its register is `spilled_ptr`. */
  slot(spi: number): Reg {
    return this.reg(MAX_BPF_REG + spi);
  }
  /** Tracks `bytes` of stack at least; new slots are STACK_INVALID (`grow_stack_state()`). */
  grow(bytes: number): void {
    const size = (bytes + BPF_REG_SIZE - 1) & -BPF_REG_SIZE;
    if (size <= this.allocatedStack) return;
    const from = Frame.slotOffset(this.slots);
    const to = Frame.slotOffset(size / BPF_REG_SIZE);
    if (to > this.words.length) {
      const words = new Int32Array(to);
      words.set(this.words);
      this.words = words;
      this.views.length = 0;
    } else {
      this.words.fill(0, from, to);
    }
    this.allocatedStack = size;
  }
  /** A compact copy, to be kept. */
  clone(): Frame {
    const out = new Frame(this.words.slice(0, Frame.slotOffset(this.slots)));
    out.copyFields(this);
    return out;
  }
  /** Becomes equal to `from`; `this` must be a live frame. */
  copyFrom(from: Frame): void {
    const used = Frame.slotOffset(from.slots);
    this.words.set(from.words.length === used ? from.words : from.words.subarray(0, used));
    this.copyFields(from);
  }
  /** Forgets everything; registers become NOT_INIT, the stack empty. */
  reset(): void {
    this.words.fill(0, 0, MAX_BPF_REG * REG_WORDS);
    this.copyFields(EMPTY);
  }
  private copyFields(from: Frame): void {
    this.callsite = from.callsite;
    this.frameno = from.frameno;
    this.subprogno = from.subprogno;
    this.asyncEntryCnt = from.asyncEntryCnt;
    this.callbackRetRange = from.callbackRetRange;
    this.inCallbackFn = from.inCallbackFn;
    this.inAsyncCallbackFn = from.inAsyncCallbackFn;
    this.inExceptionCallbackFn = from.inExceptionCallbackFn;
    this.callbackDepth = from.callbackDepth;
    this.allocatedStack = from.allocatedStack;
  }
}

const EMPTY = Frame.live();
