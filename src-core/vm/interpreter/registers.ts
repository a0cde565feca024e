import { FRAME_SIZE } from '../../jit/abi.ts';

const WORDS = 22;

/** One frame's registers: word 2n is the low half of rn, word 2n+1 the high half. */
export class Frame {
  readonly r = new Int32Array(WORDS);
  /** Rounds that this frame's may_goto instructions may still take. */
  mayGoto: number;
  constructor(
    readonly stackTop: number,
    mayGotoRounds: number,
    /** Slot to go on at after exit; null in the first frame. */
    readonly returnTo: number | null,
  ) {
    this.mayGoto = mayGotoRounds;
    this.set(10, stackTop, 0);
  }
  set(reg: number, lo: number, hi: number): void {
    this.r[reg * 2] = lo;
    this.r[reg * 2 + 1] = hi;
  }
  lo(reg: number): number {
    return this.r[reg * 2];
  }
  hi(reg: number): number {
    return this.r[reg * 2 + 1];
  }
  /** The callee's frame: r1..r5 are passed, the stack starts below this one's. */
  callee(mayGotoRounds: number, returnTo: number): Frame {
    const frame = new Frame(this.stackTop - FRAME_SIZE, mayGotoRounds, returnTo);
    frame.r.set(this.r.subarray(2, 12), 2);
    return frame;
  }
}
