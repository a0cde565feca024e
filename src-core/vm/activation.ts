import type { Btf } from '../btf/btf.ts';
import type { DecodedProgram, EngineName } from './engine.ts';
import type { PacketBuffer } from './packet.ts';

/** The task that an event happens in, as helpers report it. */
export interface TaskInfo {
  readonly pid: number;
  readonly tgid: number;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
}

/** A program compiled to Wasm. */
export interface WasmCode {
  /** Runs from the first instruction with r1 and r2; r0 stands in the scratch result. */
  enter(r1: number, r2: number, stackTop: number): void;
  /** Calls the subprogram at `slot`: arguments and result stand in the scratch. */
  callSubprogram(slot: number, framePointer: number): void;
}

/** A loaded program, by both engines; each is made when it is first asked for. */
export interface RunnableProgram {
  readonly id: number;
  readonly jit: WasmCode;
  readonly plain: DecodedProgram;
  readonly btf: Btf | null;
}

/** What a run starts with. */
export interface ActivationInit {
  readonly program: RunnableProgram;
  readonly engine: EngineName;
  /** Value of r1: the address of the context. */
  readonly ctx: number;
  /** Value of r2, for programs that no verifier has seen. */
  readonly r2?: number;
  readonly packet: PacketBuffer | null;
  readonly task: TaskInfo;
  readonly cpu: number;
  readonly fuel: number;
}

/**
 * One run of a program. Programs nest (a tracepoint inside a helper, a timer), so nothing of a run lives
 * anywhere else than here and in the scratch, which the runtime saves for the outer run.
 */
export class Activation implements ActivationInit {
  readonly program: RunnableProgram;
  readonly engine: EngineName;
  readonly ctx: number;
  readonly r2: number;
  readonly packet: PacketBuffer | null;
  readonly task: TaskInfo;
  readonly cpu: number;
  readonly fuel: number;
  /** Tail calls taken (limit MAX_TAIL_CALL_CNT). */
  tailCalls = 0;
  /** The program that runs: the first, or the target of a tail call. */
  code: RunnableProgram;
  /** Its Wasm, while that runs. */
  running: WasmCode | null = null;
  /** Cgroup storage that belongs to this run, by map (bpf_get_local_storage()). */
  readonly storage = new Map<number, number>();
  /** Halves of the result, once the run is over. */
  r0Lo = 0;
  r0Hi = 0;

  constructor(init: ActivationInit) {
    this.program = init.program;
    this.code = init.program;
    this.engine = init.engine;
    this.ctx = init.ctx;
    this.r2 = init.r2 ?? 0;
    this.packet = init.packet;
    this.task = init.task;
    this.cpu = init.cpu;
    this.fuel = init.fuel;
  }
}
