import { MAX_CALL_FRAMES } from '../../state/frame.ts';

/** Words of one instruction's masks; each mask is 64 bits (bit: stack slot), low half first. */
export const MAY_READ = 0;
export const MUST_WRITE = 2;
export const MUST_WRITE_ACC = 4;
export const LIVE_BEFORE = 6;
const MASK_WORDS = 8;

/**
 * One subprogram reached by one chain of calls (`struct func_instance`, kernel/bpf/liveness.c): for each of
 * its instructions and each frame of the chain, which slots it may read and must write.
 */
export class FuncInstance {
  /** Marks have changed since the last propagation. */
  updated = false;
  mustWriteDropped = false;
  /** Whether MUST_WRITE of an instruction was ever set. */
  readonly mustWriteSet: Uint8Array;
  /** By frame, MASK_WORDS an instruction; made when first needed. */
  readonly frames: (Int32Array | null)[] = new Array(MAX_CALL_FRAMES).fill(null);

  constructor(
    /** Call instructions that lead here, then the subprogram's first instruction. */
    readonly callsites: readonly number[],
    /** First instruction of the subprogram that owns each frame. */
    readonly starts: readonly number[],
    readonly insnCount: number,
  ) {
    this.mustWriteSet = new Uint8Array(insnCount);
  }

  /** Index of the innermost frame. */
  get curframe(): number {
    return this.callsites.length - 1;
  }

  /** First instruction of this subprogram. */
  get start(): number {
    return this.starts[this.curframe];
  }

  /** Offset of an instruction's masks in a frame's array. */
  at(insn: number): number {
    return (insn - this.start) * MASK_WORDS;
  }

  /** The frame's array, made if it is not there. */
  masks(frame: number): Int32Array {
    return (this.frames[frame] ??= new Int32Array(this.insnCount * MASK_WORDS));
  }

  isLiveBefore(insn: number, frame: number, spi: number): boolean {
    const masks = this.frames[frame];
    if (masks === null) return false;
    return ((masks[this.at(insn) + LIVE_BEFORE + (spi >> 5)] >>> (spi & 31)) & 1) !== 0;
  }

  /** mark_stack_read() */
  markRead(frame: number, insn: number, lo: number, hi: number): void {
    const masks = this.masks(frame);
    const at = this.at(insn);
    const newLo = masks[at + MAY_READ] | lo;
    const newHi = masks[at + MAY_READ + 1] | hi;
    const isNew = newLo !== masks[at + MAY_READ] || newHi !== masks[at + MAY_READ + 1];
    const isLive = (newLo & ~masks[at + LIVE_BEFORE]) === 0 && (newHi & ~masks[at + LIVE_BEFORE + 1]) === 0;
    if (isNew && !isLive) this.updated = true;
    masks[at + MAY_READ] = newLo;
    masks[at + MAY_READ + 1] = newHi;
  }

  /**
   * commit_stack_write_marks() for one frame. A slot stays written only if every visit writes it. Linux keeps
   * the old mask in 32 bits, so that from the second visit on slots 32-63 are not compared.
   */
  commitWrite(frame: number, insn: number, lo: number, hi: number): void {
    const isSeen = this.mustWriteSet[insn - this.start] !== 0;
    if ((lo | hi) === 0 && !isSeen) return;
    const masks = this.masks(frame);
    const at = this.at(insn) + MUST_WRITE;
    const old = masks[at];
    const newLo = isSeen ? lo & old : lo;
    const newHi = isSeen ? 0 : hi;
    if (old !== newLo || newHi !== 0) {
      masks[at] = newLo;
      masks[at + 1] = newHi;
      this.updated = true;
    }
    if ((old & ~newLo) !== 0) this.mustWriteDropped = true;
  }

  /** Forgets the accumulated writes, which may have become fewer. */
  clearWriteAcc(): void {
    for (let frame = 0; frame <= this.curframe; frame++) {
      const masks = this.frames[frame];
      if (masks === null) continue;
      for (let at = MUST_WRITE_ACC; at < masks.length; at += MASK_WORDS) masks[at] = masks[at + 1] = 0;
    }
  }
}
