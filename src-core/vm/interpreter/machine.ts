import type { Insn } from '../../isa/decode.ts';
import type { FormMeaning } from '../../isa/table.ts';
import { FRAME_SIZE, FUEL, MAY_GOTO_ROUNDS, TAIL_CALL_ID } from '../../jit/abi.ts';
import { InternalError } from '../../util/assert-never.ts';
import type { Activation } from '../activation.ts';
import { type DecodedProgram, placed } from '../engine.ts';
import { Thrown } from '../exception.ts';
import { FAULTS, VmFault } from '../fault.ts';
import type { Callbacks } from '../helpers/callback.ts';
import { faultOfCall } from '../helpers/not-simulated.ts';
import { callHelper, vmHelper } from '../helpers/registry.ts';
import { tailCallTarget } from '../helpers/tail-call.ts';
import { loadFromPacket } from '../packet-load.ts';
import type { Runtime } from '../runtime.ts';
import { jumps } from './compare.ts';
import { compute } from './compute.ts';
import { Frame } from './registers.ts';

/** What a step came to. */
export type Stop = 'ran' | 'done';

type Meaning<K extends FormMeaning['kind']> = Extract<FormMeaning, { kind: K }>;

/**
 * The plain interpreter: a machine that does one instruction a step, every address checked. Calls, callbacks and
 * tail calls are frames of the same machine, so it is a second opinion to the JIT all the way down, the engine
 * for programs that no verifier has seen, and what a debugger drives.
 */
export class Machine {
  /** Frames from the program's first to the innermost. */
  readonly frames: Frame[] = [];

  constructor(
    private readonly rt: Runtime,
    private readonly activation: Activation,
    stackTop: number,
  ) {
    const first = new Frame(activation.program.plain, 0, stackTop, null);
    first.set(1, activation.ctx, 0);
    first.set(2, activation.r2, 0);
    this.frames.push(first);
  }

  /** The innermost frame. */
  get top(): Frame {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw new InternalError('the program has ended');
    return frame;
  }

  /** Steps to the end; r0 then stands in the activation. */
  run(): void {
    while (this.step() === 'ran');
  }

  /** Does the instruction at the innermost frame's pc. Faults name their place. */
  step(): Stop {
    const frame = this.top;
    const { pc, program } = frame;
    try {
      this.burn();
      const insn = program.insns[pc];
      if (insn === undefined || insn === null) throw FAULTS.instruction();
      frame.pc = pc + insn.slots;
      this.dispatch(frame, insn, pc);
    } catch (e) {
      if (e instanceof Thrown) this.unwind(e);
      else if (e instanceof VmFault) throw placed(e, program.code, pc);
      else throw e;
    }
    return this.frames.length === 0 ? 'done' : 'ran';
  }

  /** An exception leaves all frames; the program's callback for them, or nobody, makes its number the result. */
  private unwind({ lo, hi }: Thrown): void {
    const { program, stackTop } = this.frames[0];
    const callback = program.code.exceptionCallback ?? null;
    this.frames.length = 0;
    if (callback === null) {
      this.activation.r0Lo = lo;
      this.activation.r0Hi = hi;
      return;
    }
    const frame = new Frame(program, callback, stackTop, null);
    frame.set(1, lo, hi);
    this.frames.push(frame);
  }

  private burn(): void {
    const { words } = this.rt.memory;
    if (--words[FUEL >> 2] < 0) throw FAULTS.fuel();
  }

  private dispatch(f: Frame, insn: Insn, pc: number): void {
    const { raw, meaning } = insn;
    switch (meaning.kind) {
      case 'exit':
        return this.exit(f);
      case 'ja':
        f.pc = pc + 1 + (meaning.long ? raw.imm : raw.off);
        return;
      case 'mayGoto':
        if (f.mayGoto-- <= 0) f.pc = pc + 1 + raw.off;
        return;
      case 'jmp':
        if (goes(f, insn, meaning)) f.pc = pc + 1 + raw.off;
        return;
      case 'call':
        return this.call(f, insn, meaning.what, pc);
      case 'callx':
        return this.helper(f, f.lo(raw.dst));
      case 'ldAbs':
      case 'ldInd':
        return this.packetLoad(f, insn, meaning);
      default:
        compute(this.rt.memory, f, insn, meaning, pc);
    }
  }

  /** Leaves a frame: its caller, or the helper that called back, gets r0. */
  private exit(f: Frame): void {
    this.frames.pop();
    if (f.callbacks !== null) {
      this.rt.retHalves(f.lo(0), f.hi(0));
      return this.nextCallback(f.callbacks);
    }
    const caller = this.frames.at(-1);
    if (caller !== undefined) return caller.set(0, f.lo(0), f.hi(0));
    this.activation.r0Lo = f.lo(0);
    this.activation.r0Hi = f.hi(0);
  }

  private push(program: DecodedProgram, pc: number, callbacks: Callbacks | null): Frame {
    const frame = new Frame(program, pc, this.top.stackTop - FRAME_SIZE, callbacks);
    if (!this.rt.frameFits(frame.stackTop)) throw FAULTS.stack();
    this.frames.push(frame);
    return frame;
  }

  private call(f: Frame, { raw }: Insn, what: string, pc: number): void {
    if (what === 'local') {
      this.push(f.program, pc + 1 + raw.imm, null).r.set(f.r.subarray(2, 12), 2);
      return;
    }
    if (what !== 'helper') throw faultOfCall(f.program.code, pc);
    if (raw.imm === TAIL_CALL_ID) return this.tailCall(f);
    this.helper(f, raw.imm);
  }

  private passArguments(f: Frame): void {
    for (let n = 1; n <= 5; n++) this.rt.setArg(n, f.lo(n), f.hi(n));
  }

  private helper(f: Frame, id: number): void {
    this.passArguments(f);
    this.rt.callerFrame = f.stackTop;
    const callbacks = vmHelper(id)?.callbacks;
    if (callbacks === undefined) {
      callHelper(this.rt, id);
      return f.set(0, this.rt.resultLo, this.rt.resultHi);
    }
    const calls = callbacks(this.rt);
    if (calls === null) f.set(0, this.rt.resultLo, this.rt.resultHi);
    else this.nextCallback(calls);
  }

  /** Enters the next callback of a helper that the innermost frame called, or gives that frame its result. */
  private nextCallback(callbacks: Callbacks): void {
    const { rt, top } = this;
    if (!callbacks.next(rt)) return top.set(0, rt.resultLo, rt.resultHi);
    const frame = this.push(top.program, callbacks.slot, callbacks);
    for (let n = 1; n <= 5; n++) frame.set(n, rt.arg(n), rt.argHi(n));
  }

  /** Another program takes the frame's place. */
  private tailCall(f: Frame): void {
    this.passArguments(f);
    const target = tailCallTarget(this.rt);
    if (target === null) return;
    this.activation.code = target;
    f.restart(target.plain, MAY_GOTO_ROUNDS);
    f.set(1, this.rt.arg(1), this.rt.argHi(1));
  }

  private packetLoad(f: Frame, { raw }: Insn, what: Meaning<'ldAbs' | 'ldInd'>): void {
    const offset = what.kind === 'ldAbs' ? raw.imm : (f.lo(raw.src) + raw.imm) | 0;
    const value = what.bytes === 8 ? null : loadFromPacket(this.rt, offset, what.bytes);
    f.set(0, value ?? 0, 0);
    if (value === null) this.exit(f);
  }
}

function goes(f: Frame, { raw }: Insn, j: Meaning<'jmp'>): boolean {
  const lo = j.operand === 'reg' ? f.lo(raw.src) : raw.imm;
  if (j.width === 32) return jumps(j.op, f.lo(raw.dst), f.lo(raw.dst) >> 31, lo, lo >> 31);
  const hi = j.operand === 'reg' ? f.hi(raw.src) : raw.imm >> 31;
  return jumps(j.op, f.lo(raw.dst), f.hi(raw.dst), lo, hi);
}
