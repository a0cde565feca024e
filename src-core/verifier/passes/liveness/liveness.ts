import type { StackLiveness, VerifierEnv } from '../../state/env.ts';
import { MAX_CALL_FRAMES } from '../../state/frame.ts';
import type { VerifierState } from '../../state/state.ts';
import { findContainingSubprog } from '../subprogs.ts';
import { FuncInstance, LIVE_BEFORE, MUST_WRITE_ACC } from './instance.ts';
import { Propagation } from './propagate.ts';

/**
 * Which stack slots may still be read (kernel/bpf/liveness.c, Linux 6.18). The walk reports what each
 * instruction reads and writes, by chain of calls; propagation makes of that which slots are alive before
 * each instruction; states are then compared by their living slots only.
 */
export class StackLivenessAnalysis implements StackLiveness {
  private readonly instances = new Map<string, FuncInstance>();
  /** Instance of env.cur, looked up when first needed. */
  private current: FuncInstance | null = null;
  private readonly query: FuncInstance[] = [];
  private queryInsn = 0;
  private readonly writesLo = new Int32Array(MAX_CALL_FRAMES);
  private readonly writesHi = new Int32Array(MAX_CALL_FRAMES);
  private writeInsn = 0;

  constructor(private readonly env: VerifierEnv) {}

  resetCallchain(): void {
    this.current = null;
  }

  markRead(frameno: number, insnIdx: number, maskLo: number, maskHi: number): number {
    this.currentInstance().markRead(frameno, insnIdx, maskLo, maskHi);
    return 0;
  }

  resetWriteMarks(insnIdx: number): number {
    this.resetWritesOf(this.currentInstance(), insnIdx);
    return 0;
  }

  markWrite(frameno: number, maskLo: number, maskHi: number): void {
    this.writesLo[frameno] |= maskLo;
    this.writesHi[frameno] |= maskHi;
  }

  commitWriteMarks(): number {
    if (this.current !== null) this.commitWritesTo(this.current);
    return 0;
  }

  update(): number {
    const { cur } = this.env;
    this.resetCallchain();
    for (let frame = cur.curframe; frame >= 0; frame--) {
      const instance = this.instanceOf(cur, frame);
      if (!instance.updated) continue;
      new Propagation(this.env, instance).run();
      if (instance.curframe > 0) this.propagateToCaller(instance);
      instance.updated = false;
      instance.mustWriteDropped = false;
    }
    return 0;
  }

  queryInit(state: VerifierState): number {
    this.query.length = 0;
    for (let frame = 0; frame <= state.curframe; frame++) this.query.push(this.instanceOf(state, frame));
    this.queryInsn = state.insnIdx;
    return 0;
  }

  slotAlive(frameno: number, spi: number): boolean {
    const curframe = this.query.length - 1;
    const innermost = this.query[curframe];
    if (innermost.isLiveBefore(this.queryInsn, frameno, spi)) return true;
    for (let i = frameno; i < curframe; i++) {
      const callsite = innermost.callsites[i];
      // A helper that runs callbacks may come back to the call itself.
      const resume = this.env.aux.callsCallback[callsite] !== 0 ? callsite : callsite + 1;
      if (this.query[i].isLiveBefore(resume, frameno, spi)) return true;
    }
    return false;
  }

  private currentInstance(): FuncInstance {
    this.current ??= this.instanceOf(this.env.cur, this.env.cur.curframe);
    return this.current;
  }

  /** lookup_instance(): the instance of a state's frame. */
  private instanceOf(state: VerifierState, frameno: number): FuncInstance {
    const starts: number[] = [];
    const callsites: number[] = [];
    for (let i = 0; i <= frameno; i++) {
      const start = this.env.subprogs[state.frames[i].subprogno].start;
      starts.push(start);
      callsites.push(i < frameno ? state.frames[i + 1].callsite : start);
    }
    return this.lookup(callsites, starts);
  }

  /** __lookup_instance(): finds or makes. */
  private lookup(callsites: readonly number[], starts: readonly number[]): FuncInstance {
    const key = callsites.join();
    let instance = this.instances.get(key);
    if (instance === undefined) {
      const start = starts[starts.length - 1];
      const end = this.env.subprogEnd(findContainingSubprog(this.env, start));
      instance = new FuncInstance(callsites, starts, end - start);
      this.instances.set(key, instance);
    }
    return instance;
  }

  private resetWritesOf(instance: FuncInstance, insn: number): void {
    this.writeInsn = insn;
    for (let i = 0; i <= instance.curframe; i++) this.writesLo[i] = this.writesHi[i] = 0;
  }

  /** commit_stack_write_marks() */
  private commitWritesTo(instance: FuncInstance): void {
    for (let frame = 0; frame <= instance.curframe; frame++) {
      instance.commitWrite(frame, this.writeInsn, this.writesLo[frame], this.writesHi[frame]);
    }
    instance.mustWriteSet[this.writeInsn - instance.start] = 1;
    this.writeInsn = 0;
  }

  /** propagate_to_outer_instance(): what the subprogram does to its callers' frames is done by the call. */
  private propagateToCaller(instance: FuncInstance): void {
    const outerFrame = instance.curframe - 1;
    const starts = instance.starts.slice(0, -1);
    const outer = this.lookup([...instance.callsites.slice(0, outerFrame), starts[outerFrame]], starts);
    const callsite = instance.callsites[outerFrame];
    this.resetWritesOf(outer, callsite);
    const at = instance.at(instance.start);
    for (let frame = 0; frame <= outerFrame; frame++) {
      const masks = instance.frames[frame];
      if (masks === null) continue;
      this.markWrite(frame, masks[at + MUST_WRITE_ACC], masks[at + MUST_WRITE_ACC + 1]);
      outer.markRead(frame, callsite, masks[at + LIVE_BEFORE], masks[at + LIVE_BEFORE + 1]);
    }
    this.commitWritesTo(outer);
  }
}
