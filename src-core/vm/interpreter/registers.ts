import { MAY_GOTO_ROUNDS } from '../../jit/abi.ts';
import type { DecodedProgram } from '../engine.ts';
import type { Callbacks } from '../helpers/callback.ts';

const WORDS = 22;

/** One frame: where it is in its program, and its registers; word 2n is the low half of rn, 2n+1 the high half. */
export class Frame {
  readonly r = new Int32Array(WORDS);
  /** Rounds that this frame's may_goto instructions may still take. */
  mayGoto = MAY_GOTO_ROUNDS;

  constructor(
    public program: DecodedProgram,
    /** Slot of the next instruction. */
    public pc: number,
    /** The frame pointer. */
    readonly stackTop: number,
    /** The helper that called this frame back; null when a call did, or nobody. */
    readonly callbacks: Callbacks | null,
  ) {
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
  /** The frame of another program that takes this one's place (bpf_tail_call()). */
  restart(program: DecodedProgram, mayGotoRounds: number): void {
    this.program = program;
    this.pc = 0;
    this.mayGoto = mayGotoRounds;
  }
}
