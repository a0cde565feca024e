import { ARGS, CALLER_FP, CPU, RET } from '../jit/abi.ts';
import type { VmMap } from './maps/map.ts';
import { VmMemory } from './memory.ts';
import type { PacketBuffer } from './packet.ts';

/** Simulated time: the only source of time for helpers, so that every run replays. */
export interface Clock {
  /** Nanoseconds since boot as halves; each call may advance it. */
  now(): { readonly lo: number; readonly hi: number };
}

/** Simulated randomness: 32 bits a call. */
export interface Rng {
  next(): number;
}

/** The task that an event happens in, as helpers report it. */
export interface TaskInfo {
  readonly pid: number;
  readonly tgid: number;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
}

/** A program that can be run again from its first instruction: the target of a tail call. */
export interface Executable {
  /** Runs with r1 = ctx and leaves r0 in the scratch result; returns its low half. */
  run(ctx: number, stackTop?: number): number;
  /**
   * Calls the subprogram at `slot` while the program runs, for a helper: arguments and result stand in the
   * scratch, the stack starts at `framePointer`.
   */
  callSubprogram(slot: number, framePointer: number): void;
}

export interface RuntimeOptions {
  readonly cpus: number;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly task: TaskInfo;
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

/** What programs of one simulated kernel share while they run: memory, maps, time, the current packet. */
export class Runtime {
  readonly memory = new VmMemory();
  /** Maps by descriptor address. */
  readonly maps = new Map<number, VmMap>();
  /** Programs by the handle that a prog array holds. */
  readonly programs = new Map<number, Executable>();
  /** What bpf_trace_printk() wrote, a line an item. */
  readonly trace: string[] = [];
  packet: PacketBuffer | null = null;
  /** The program that runs, the innermost one after a tail call. */
  running: Executable | null = null;
  /** Tail calls taken in this run (limit MAX_TAIL_CALL_CNT, 33). */
  tailCalls = 0;

  constructor(readonly options: RuntimeOptions) {
    this.setCpu(0);
  }

  setCpu(cpu: number): void {
    this.memory.setU32(CPU, cpu);
  }
  get cpu(): number {
    return this.memory.u32(CPU);
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
