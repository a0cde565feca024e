import type { Btf } from '../btf/btf.ts';
import {
  ARGS,
  CALLER_FP,
  CPU,
  FRAME_SIZE,
  FUEL,
  RET,
  SCRATCH,
  SCRATCH_WORDS,
  STACK_LIMIT,
  STACK_SIZE,
} from '../jit/abi.ts';
import { InternalError } from '../util/assert-never.ts';
import type { Activation, RunnableProgram, TaskInfo } from './activation.ts';
import { FAULTS, VmFault } from './fault.ts';
import type { VmMap } from './maps/map.ts';
import { VmMemory } from './memory.ts';
import { ObjectHeap } from './object-heap.ts';
import type { PacketBuffer } from './packet.ts';
import { KernelStructs } from './task-struct.ts';

/** Simulated time: the only source of time for helpers, so that every run replays. */
export interface Clock {
  /** Nanoseconds since boot as halves; each call may advance it. */
  now(): { readonly lo: number; readonly hi: number };
}

/** Simulated randomness: 32 bits a call. */
export interface Rng {
  next(): number;
}

export interface RuntimeOptions {
  readonly cpus: number;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly task: TaskInfo;
  /** The kernel's types, for structures that programs look into. */
  readonly vmlinux?: () => Btf | null;
}

/** A clock that starts at `startNs` and ticks `stepNs` at every look. */
export function countingClock(startNs = 1_000_000_000, stepNs = 1_000): Clock {
  let ns = startNs - stepNs;
  return {
    now() {
      ns += stepNs;
      return { lo: ns | 0, hi: Math.floor(ns / 4294967296) | 0 };
    },
  };
}

/** mulberry32: small, seeded, good enough for simulated packets and bpf_get_prandom_u32(). */
export function seededRng(seed: number): Rng {
  let state = seed | 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return (t ^ (t >>> 14)) >>> 0;
    },
  };
}

export const defaultRuntimeOptions = (): RuntimeOptions => ({
  cpus: 2,
  clock: countingClock(),
  rng: seededRng(1),
  task: { pid: 1000, tgid: 1000, uid: 0, gid: 0, comm: 'xlated' },
});

/** Programs that may run inside each other's helpers. */
const MAX_NESTED = 16;
/** Bytes above a stack, so that a frame pointer equals no other pointer. */
const STACK_GUARD = 16;

const NOTHING = new Int32Array(0);

interface Running {
  readonly activation: Activation;
  /** The outer run's scratch. */
  readonly saved: Int32Array;
}

/** What programs of one simulated kernel share: memory, maps, programs, time, and the stack of runs. */
export class Runtime {
  readonly memory = new VmMemory();
  /** Maps by descriptor address. */
  readonly maps = new Map<number, VmMap>();
  /** Kernel structures that programs look into. */
  readonly structs = new KernelStructs(this.memory, () => this.options.vmlinux?.() ?? null);
  /** Blocks of memory that are the current task's: address to size. */
  readonly userMemory = new Map<number, number>();
  /** Objects that programs made. */
  readonly heap = new ObjectHeap(this.memory);
  /** Programs by the id that a prog array holds. */
  readonly programs = new Map<number, RunnableProgram>();
  /** What bpf_trace_printk() wrote, a line an item. */
  readonly trace: string[] = [];
  private readonly runs: Running[] = [];
  /** Stacks by depth of nesting, kept for the next run. */
  private readonly stacks: number[] = [];

  readonly options: RuntimeOptions;

  constructor(options: RuntimeOptions) {
    this.options = options;
  }

  /** The innermost run. */
  get current(): Activation {
    const run = this.runs.at(-1);
    if (run === undefined) throw new InternalError('no program is running');
    return run.activation;
  }
  get packet(): PacketBuffer | null {
    return this.current.packet;
  }
  get cpu(): number {
    return this.memory.u32(CPU);
  }

  /** Begins a run: returns where its stack ends, the first frame pointer. */
  enter(activation: Activation): number {
    const depth = this.runs.length;
    if (depth >= MAX_NESTED) throw FAULTS.nesting();
    // A new stack may move the memory.
    const stackTop = this.stackOf(depth) + STACK_SIZE;
    const words = this.scratch();
    this.runs.push({ activation, saved: depth === 0 ? NOTHING : words.slice() });
    words.fill(0);
    this.memory.setU32(CPU, activation.cpu);
    this.memory.setU32(FUEL, Math.min(activation.fuel, 0x7fffffff));
    this.memory.setU32(STACK_LIMIT, stackTop - STACK_SIZE);
    return stackTop;
  }

  /** Begins the innermost run once more, with a full budget. */
  again(activation: Activation): void {
    activation.tailCalls = 0;
    activation.code = activation.program;
    this.memory.setU32(FUEL, Math.min(activation.fuel, 0x7fffffff));
  }

  /** Ends the innermost run. */
  leave(): void {
    const run = this.runs.pop();
    if (run === undefined) throw new InternalError('no program is running');
    if (run.saved.length > 0) this.scratch().set(run.saved);
  }

  private scratch(): Int32Array {
    return this.memory.words.subarray(SCRATCH >> 2, (SCRATCH >> 2) + SCRATCH_WORDS);
  }

  private stackOf(depth: number): number {
    const known = this.stacks[depth];
    if (known !== undefined) return known;
    const made = this.memory.alloc(STACK_SIZE + STACK_GUARD);
    if (made === null) throw new VmFault('memory', 'no memory for a stack');
    this.stacks[depth] = made;
    return made;
  }

  /** True when a frame pointer leaves room for a frame. */
  frameFits(framePointer: number): boolean {
    return framePointer >= this.memory.u32(STACK_LIMIT) + FRAME_SIZE;
  }

  /** Frame pointer of the frame that called the helper; set for helpers that take a callback. */
  get callerFrame(): number {
    return this.memory.u32(CALLER_FP);
  }
  set callerFrame(framePointer: number) {
    this.memory.setU32(CALLER_FP, framePointer);
  }

  /** Low half of helper argument 1..5, unsigned. */
  arg(n: number): number {
    return this.memory.words[(ARGS >> 2) + (n - 1) * 2] >>> 0;
  }
  /** Where argument `n` lies in memory. */
  argAddress(n: number): number {
    return ARGS + (n - 1) * 8;
  }
  /** Low half as a signed number, for arguments of type int. */
  argS32(n: number): number {
    return this.memory.words[(ARGS >> 2) + (n - 1) * 2];
  }
  argHi(n: number): number {
    return this.memory.words[(ARGS >> 2) + (n - 1) * 2 + 1];
  }
  /** A u64 argument such as flags, as a number; precise up to 2^53. */
  argU64(n: number): number {
    return (this.argHi(n) >>> 0) * 4294967296 + this.arg(n);
  }
  setArg(n: number, lo: number, hi: number): void {
    const at = (ARGS >> 2) + (n - 1) * 2;
    this.memory.words[at] = lo;
    this.memory.words[at + 1] = hi;
  }

  /** A helper's signed 64-bit result from a JS integer. */
  ret(value: number): void {
    this.retHalves(value | 0, Math.floor(value / 4294967296) | 0);
  }
  retHalves(lo: number, hi: number): void {
    this.memory.words[RET >> 2] = lo;
    this.memory.words[(RET >> 2) + 1] = hi;
  }
  get resultLo(): number {
    return this.memory.words[RET >> 2];
  }
  get resultHi(): number {
    return this.memory.words[(RET >> 2) + 1];
  }

  /** NUL-terminated text at `at`, at most `max` bytes. */
  text(at: number, max: number): string {
    const bytes = this.memory.slice(at, max);
    const end = bytes.indexOf(0);
    return new TextDecoder('latin1').decode(end < 0 ? bytes : bytes.subarray(0, end));
  }
}
