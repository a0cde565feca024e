import { decodeAt, type Insn } from '../../isa/decode.ts';
import type { FormMeaning } from '../../isa/table.ts';
import { FRAME_SIZE, MAX_FRAMES, MAY_GOTO_ROUNDS, STACK_TOP, TAIL_CALL_ID } from '../../jit/abi.ts';
import { assertNever } from '../../util/assert-never.ts';
import * as m from '../../util/int64-math.ts';
import { type EngineOptions, type EngineProgram, placed } from '../engine.ts';
import { FAULTS, VmFault } from '../fault.ts';
import { faultOfCall } from '../helpers/not-simulated.ts';
import { callHelper } from '../helpers/registry.ts';
import { tailCall } from '../helpers/tail-call.ts';
import { loadFromPacket } from '../packet-load.ts';
import type { Executable, Runtime } from '../runtime.ts';
import { alu32, alu64, byteSwap, truncate } from './alu.ts';
import { jumps } from './compare.ts';
import { addressOf, atomic, load, store } from './memory-access.ts';
import { Frame } from './registers.ts';

/** The frame pointer below which a frame would be one too many. */
const LOWEST_FRAME = STACK_TOP - (MAX_FRAMES - 1) * FRAME_SIZE;

/**
 * The plain interpreter: one instruction after the other, every address checked. It is the second opinion to
 * the JIT and the engine for programs that no verifier has seen.
 */
export class Interpreter implements Executable {
  private readonly decoded: (Insn | null)[];
  private readonly rt: Runtime;
  private readonly program: EngineProgram;
  private readonly options: EngineOptions;
  private fuel = 0;
  /** Slot being run, for the place of a fault. */
  private pc = 0;

  constructor(rt: Runtime, program: EngineProgram, options: EngineOptions) {
    this.rt = rt;
    this.program = program;
    this.options = options;
    this.decoded = Array.from({ length: program.insns.length }, (_, i) => {
      const d = decodeAt(program.insns, i);
      return d.ok ? d.insn : null;
    });
  }

  run(ctx: number, stackTop = STACK_TOP): number {
    return this.runWith(ctx, 0, stackTop);
  }

  /** Runs with r1 and r2 set; the result stands in the runtime's scratch. */
  runWith(r1: number, r2: number, stackTop = STACK_TOP): number {
    const frame = new Frame(stackTop, MAY_GOTO_ROUNDS, null);
    frame.set(1, r1, 0);
    frame.set(2, r2, 0);
    this.fuel = this.options.fuel;
    const outer = this.rt.running;
    this.rt.running = this;
    try {
      const last = this.walk(frame, 0);
      this.rt.retHalves(last.lo(0), last.hi(0));
      return last.lo(0);
    } catch (e) {
      if (e instanceof VmFault) throw placed(e, this.program, this.pc);
      throw e;
    } finally {
      this.rt.running = outer;
    }
  }

  callSubprogram(slot: number, framePointer: number): void {
    if (framePointer < LOWEST_FRAME) throw FAULTS.stack();
    const caller = this.pc;
    const frame = new Frame(framePointer, MAY_GOTO_ROUNDS, null);
    for (let n = 1; n <= 5; n++) frame.set(n, this.rt.arg(n), this.rt.argHi(n));
    const last = this.walk(frame, slot);
    this.rt.retHalves(last.lo(0), last.hi(0));
    this.pc = caller;
  }

  /** The main loop from slot `start`; returns the frame whose r0 is the result. */
  private walk(first: Frame, start: number): Frame {
    const callers: Frame[] = [];
    let frame = first;
    let pc = start;
    for (;;) {
      this.pc = pc;
      if (--this.fuel < 0) throw FAULTS.fuel();
      const insn = this.decoded[pc];
      if (insn === undefined || insn === null) throw FAULTS.instruction();
      const { meaning } = insn;
      if (meaning.kind === 'call' && meaning.what === 'local') {
        callers.push(frame);
        frame = frame.callee(MAY_GOTO_ROUNDS, pc + 1);
        if (frame.stackTop < LOWEST_FRAME) throw FAULTS.stack();
        pc = pc + 1 + insn.raw.imm;
        continue;
      }
      const next = this.step(frame, pc, insn);
      if (next !== null) {
        pc = next;
        continue;
      }
      const caller = callers.pop();
      if (caller === undefined) return frame;
      caller.set(0, frame.lo(0), frame.hi(0));
      pc = frame.returnTo ?? 0;
      frame = caller;
    }
  }

  /** One instruction that does not change the frame; the next slot, or null at the frame's end. */
  private step(f: Frame, pc: number, insn: Insn): number | null {
    const { raw, meaning } = insn;
    switch (meaning.kind) {
      case 'exit':
        return null;
      case 'ja':
        return pc + 1 + (meaning.long ? raw.imm : raw.off);
      case 'mayGoto':
        return f.mayGoto-- > 0 ? pc + 1 : pc + 1 + raw.off;
      case 'jmp':
        return this.goes(f, insn, meaning) ? pc + 1 + raw.off : pc + 1;
      case 'call':
        return this.call(f, insn, meaning.what) ? null : pc + 1;
      case 'callx':
        this.helper(f, f.lo(raw.dst));
        return pc + 1;
      case 'ldAbs':
      case 'ldInd':
        return this.packetLoad(f, insn, meaning) ? pc + 1 : null;
      default:
        this.compute(f, insn, meaning);
        return pc + insn.slots;
    }
  }

  private goes(f: Frame, { raw }: Insn, j: Extract<FormMeaning, { kind: 'jmp' }>): boolean {
    const lo = j.operand === 'reg' ? f.lo(raw.src) : raw.imm;
    if (j.width === 32) return jumps(j.op, f.lo(raw.dst), f.lo(raw.dst) >> 31, lo, lo >> 31);
    const hi = j.operand === 'reg' ? f.hi(raw.src) : raw.imm >> 31;
    return jumps(j.op, f.lo(raw.dst), f.hi(raw.dst), lo, hi);
  }

  /** A helper; true when a tail call replaced the program. */
  private call(f: Frame, { raw }: Insn, what: string): boolean {
    if (what !== 'helper') throw faultOfCall(this.program.insns, this.pc);
    if (raw.imm === TAIL_CALL_ID) return this.jumpToProgram(f);
    this.helper(f, raw.imm);
    return false;
  }

  private helper(f: Frame, id: number): void {
    for (let n = 1; n <= 5; n++) this.rt.setArg(n, f.lo(n), f.hi(n));
    this.rt.callerFrame = f.stackTop;
    callHelper(this.rt, id);
    f.set(0, this.rt.resultLo, this.rt.resultHi);
  }

  private jumpToProgram(f: Frame): boolean {
    for (let n = 1; n <= 3; n++) this.rt.setArg(n, f.lo(n), f.hi(n));
    if (!tailCall(this.rt, f.stackTop)) return false;
    f.set(0, this.rt.resultLo, this.rt.resultHi);
    return true;
  }

  private packetLoad(
    f: Frame,
    { raw }: Insn,
    what: Extract<FormMeaning, { kind: 'ldAbs' | 'ldInd' }>,
  ): boolean {
    const offset = what.kind === 'ldAbs' ? raw.imm : (f.lo(raw.src) + raw.imm) | 0;
    const value = what.bytes === 8 ? null : loadFromPacket(this.rt, offset, what.bytes);
    f.set(0, value ?? 0, 0);
    return value !== null;
  }

  private compute(
    f: Frame,
    { raw, immHi }: Insn,
    what: Exclude<
      FormMeaning,
      { kind: 'exit' | 'ja' | 'mayGoto' | 'jmp' | 'call' | 'callx' | 'ldAbs' | 'ldInd' }
    >,
  ): void {
    const { memory } = this.rt;
    const { dst, src, off, imm } = raw;
    switch (what.kind) {
      case 'alu':
        return this.alu(
          f,
          raw.dst,
          what,
          what.operand === 'reg' ? f.lo(src) : imm,
          what.operand === 'reg' ? f.hi(src) : imm >> 31,
        );
      case 'neg':
        if (what.width === 32) return f.set(dst, -f.lo(dst) | 0, 0);
        return f.set(dst, m.neg64(f.lo(dst), f.hi(dst)), m.out.hi);
      case 'movsx': {
        const lo = (f.lo(src) << (32 - what.from)) >> (32 - what.from);
        return f.set(dst, lo, what.width === 64 ? lo >> 31 : 0);
      }
      case 'end': {
        const lo = (what.to === 'le' ? truncate : byteSwap)(what.bits, f.lo(dst), f.hi(dst));
        return f.set(dst, lo, m.out.hi);
      }
      case 'ldImm64':
        if (what.what === 'func') return f.set(dst, this.pc + 1 + imm, 0);
        if (what.what !== 'imm')
          throw new VmFault('instruction', `64-bit load of kind ${what.what} was not resolved`);
        return f.set(dst, imm, immHi);
      case 'load':
        return f.set(
          dst,
          load(memory, addressOf(memory, f, src, off, what.bytes), what.bytes, what.signed),
          m.out.hi,
        );
      case 'loadAcquire':
        return f.set(
          dst,
          load(memory, addressOf(memory, f, src, off, what.bytes), what.bytes, false),
          m.out.hi,
        );
      case 'store': {
        const at = addressOf(memory, f, dst, off, what.bytes);
        if (what.operand === 'imm') return store(memory, at, what.bytes, imm, imm >> 31);
        return store(memory, at, what.bytes, f.lo(src), f.hi(src));
      }
      case 'storeRelease':
        return store(memory, addressOf(memory, f, dst, off, what.bytes), what.bytes, f.lo(src), f.hi(src));
      case 'atomic':
      case 'xchg':
      case 'cmpxchg':
        return atomic(memory, f, what, addressOf(memory, f, dst, off, what.bytes), src);
      case 'addrSpaceCast':
        // Both address spaces are the one linear memory, whose addresses have 32 bits.
        return f.set(dst, f.lo(src), 0);
      default:
        return assertNever(what);
    }
  }

  private alu(
    f: Frame,
    dst: number,
    what: Extract<FormMeaning, { kind: 'alu' }>,
    lo: number,
    hi: number,
  ): void {
    if (what.width === 32) return f.set(dst, alu32(what.op, f.lo(dst), lo), 0);
    return f.set(dst, alu64(what.op, f.lo(dst), f.hi(dst), lo, hi), m.out.hi);
  }
}
