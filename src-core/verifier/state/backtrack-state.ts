import { MAX_CALL_FRAMES } from './frame.ts';

/** Registers and stack slots that still need precision, per frame (`struct backtrack_state`). */
export class BacktrackState {
  frame = 0;
  readonly regs = new Int32Array(MAX_CALL_FRAMES);
  /** Slot masks, low and high halves. */
  readonly slotsLo = new Int32Array(MAX_CALL_FRAMES);
  readonly slotsHi = new Int32Array(MAX_CALL_FRAMES);

  reset(): void {
    this.frame = 0;
    this.regs.fill(0);
    this.slotsLo.fill(0);
    this.slotsHi.fill(0);
  }
  isEmpty(): boolean {
    for (let i = 0; i <= this.frame; i++) {
      if ((this.regs[i] | this.slotsLo[i] | this.slotsHi[i]) !== 0) return false;
    }
    return true;
  }
  get regMask(): number {
    return this.regs[this.frame];
  }
  slotsEmpty(frame = this.frame): boolean {
    return (this.slotsLo[frame] | this.slotsHi[frame]) === 0;
  }
  setReg(regno: number, frame = this.frame): void {
    this.regs[frame] |= 1 << regno;
  }
  clearReg(regno: number, frame = this.frame): void {
    this.regs[frame] &= ~(1 << regno);
  }
  hasReg(regno: number, frame = this.frame): boolean {
    return (this.regs[frame] & (1 << regno)) !== 0;
  }
  setSlot(frame: number, spi: number): void {
    if (spi < 32) this.slotsLo[frame] |= 1 << spi;
    else this.slotsHi[frame] |= 1 << (spi - 32);
  }
  clearSlot(frame: number, spi: number): void {
    if (spi < 32) this.slotsLo[frame] &= ~(1 << spi);
    else this.slotsHi[frame] &= ~(1 << (spi - 32));
  }
  hasSlot(frame: number, spi: number): boolean {
    return ((spi < 32 ? this.slotsLo[frame] >>> spi : this.slotsHi[frame] >>> (spi - 32)) & 1) !== 0;
  }
}
