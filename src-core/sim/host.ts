import { Activation, type RunnableProgram, type TaskInfo } from '../vm/activation.ts';
import { DEFAULT_FUEL, type EngineName } from '../vm/engine.ts';
import { VmFault } from '../vm/fault.ts';
import { runProgram } from '../vm/run.ts';
import type { Runtime } from '../vm/runtime.ts';
import type { SimClock } from './clock.ts';
import type { ContextMade } from './context.ts';
import { type Firing, type HookPoint, pointKey } from './events.ts';
import { toHex } from './hex.ts';

/** A network device. */
export interface Device {
  readonly ifindex: number;
  readonly name: string;
  readonly mtu: number;
}

/** A program at a hook. */
export interface Attached {
  readonly program: RunnableProgram;
  readonly name: string;
}

/** What came of a program at a stop. */
export interface StopResult {
  readonly firing: Firing;
  /** The low 32 bits of r0; null when the program could not run. */
  readonly retval: number | null;
  /** The packet behind it; null where there is none. */
  readonly data: Uint8Array | null;
}

/** How a stop makes the context of its program and reads the result. */
export interface Stop {
  readonly point: HookPoint;
  context(): ContextMade;
  verdict(retval: number): string | null;
}

/**
 * The simulated machine around the kernel: devices, the running task, time, and the hooks that programs are attached
 * to. An event passes its stops in the kernel's order; each program that runs there leaves a firing.
 */
export class Host {
  readonly devices: Device[] = [
    { ifindex: 1, name: 'lo', mtu: 65536 },
    { ifindex: 2, name: 'eth0', mtu: 1500 },
  ];
  task: TaskInfo;
  cpu = 0;
  engine: EngineName = 'jit';
  private readonly hooks = new Map<string, Attached[]>();

  constructor(
    readonly rt: Runtime,
    readonly clock: SimClock,
  ) {
    this.task = rt.options.task;
  }

  /** Attaches a program behind those that are there; a function that takes it off. */
  attach(point: HookPoint, attached: Attached): () => void {
    const key = pointKey(point);
    const list = this.hooks.get(key) ?? [];
    this.hooks.set(key, [...list, attached]);
    return () => {
      this.hooks.set(
        key,
        this.at(point).filter((a) => a !== attached),
      );
    };
  }
  at(point: HookPoint): readonly Attached[] {
    return this.hooks.get(pointKey(point)) ?? [];
  }

  /** Runs one program at a stop. A program that cannot run leaves the event as it was. */
  run({ program, name }: Attached, stop: Stop): StopResult {
    const at = this.clock.time;
    const traceStart = this.rt.trace.length;
    const base = { at, cpu: this.cpu, point: stop.point, progId: program.id, prog: name };
    const failed = (error: string): StopResult => {
      const none = { retval: null, verdict: null, data: null };
      return { firing: { ...base, ...none, error, trace: [] }, retval: null, data: null };
    };
    const made = stop.context();
    if (!made.ok) return failed(made.why);
    const { context } = made;
    try {
      const activation = new Activation({
        program,
        engine: this.engine,
        ctx: context.address,
        packet: context.packet,
        task: this.task,
        cpu: this.cpu,
        fuel: DEFAULT_FUEL,
      });
      runProgram(this.rt, activation);
      const retval = activation.r0Lo >>> 0;
      const data = context.packet === null ? null : context.dataOut();
      const firing = {
        ...base,
        retval,
        verdict: stop.verdict(retval),
        error: null,
        trace: this.rt.trace.slice(traceStart),
        data: data === null ? null : toHex(data),
      };
      return { firing, retval, data };
    } catch (e) {
      if (e instanceof VmFault) return failed(e.message);
      throw e;
    } finally {
      context.dispose();
    }
  }
}
