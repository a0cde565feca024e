import {
  CALL_SLOT,
  D_BASE,
  D_CPU_STRIDE,
  D_KEY_SIZE,
  D_KIND,
  D_MARKS,
  D_MAX_ENTRIES,
  D_STRIDE,
  D_VALUE_OFFSET,
  type JitHost,
} from '../jit/abi.ts';
import { type CompiledProgram, compileProgram } from '../jit/compile.ts';
import { FAULT_FUEL, FAULT_HELPER, FAULT_STACK } from '../jit/emit/context.ts';
import type { WasmCode } from './activation.ts';
import { type EngineProgram, placed } from './engine.ts';
import { Thrown } from './exception.ts';
import { FAULTS, VmFault } from './fault.ts';
import { faultOfCall } from './helpers/not-simulated.ts';
import { callHelper, vmHelper } from './helpers/registry.ts';
import { tailCallTarget } from './helpers/tail-call.ts';
import { loadFromPacket } from './packet-load.ts';
import type { Runtime } from './runtime.ts';

interface Exports {
  readonly run: (r1: number, r2: number, stackTop: number) => number;
  readonly callback: (slot: number, framePointer: number) => void;
}

/** What the compiler may know of the simulated kernel. */
function hostOf(rt: Runtime): JitHost {
  const { memory, maps } = rt;
  return {
    helperArgs: (id) => vmHelper(id)?.args ?? null,
    mapAt: (address) => {
      if (!maps.has(address)) return null;
      const field = (offset: number): number => memory.u32(address + offset);
      return {
        kind: field(D_KIND),
        keySize: field(D_KEY_SIZE),
        maxEntries: field(D_MAX_ENTRIES),
        base: field(D_BASE),
        stride: field(D_STRIDE),
        cpuStride: field(D_CPU_STRIDE),
        valueOffset: field(D_VALUE_OFFSET),
        marks: field(D_MARKS) !== 0,
      };
    },
  };
}

/** Functions that compiled code imports, bound to one runtime. */
function importsOf(
  rt: Runtime,
  program: EngineProgram,
  compiled: CompiledProgram,
): Record<string, WebAssembly.ImportValue> {
  const env: Record<string, WebAssembly.ImportValue> = {
    memory: rt.memory.wasm,
    lookup: (key: number, map: number) => rt.maps.get(map)?.lookup(key >>> 0) ?? 0,
    tailCall: (frame: number) => (jumpToProgram(rt, frame) ? 1 : 0),
    packetLoad: (offset: number, size: number) => {
      const value = loadFromPacket(rt, offset, size as 1 | 2 | 4);
      if (value !== null) rt.retHalves(value, 0);
      return value === null ? 0 : 1;
    },
    helperById: (id: number) => callHelper(rt, id),
    fault: (reason: number, slot: number) => {
      throw placed(faultOf(program, reason, slot), program, slot);
    },
  };
  for (const id of compiled.helpers) env[`helper${id}`] = () => vmHelper(id)?.call(rt);
  return env;
}

/** Runs the target of a tail call to its end, from the frame of the caller; false when there is none. */
function jumpToProgram(rt: Runtime, frame: number): boolean {
  const target = tailCallTarget(rt);
  if (target === null) return false;
  const run = rt.current;
  const caller = run.running;
  run.code = target;
  run.running = target.jit;
  target.jit.enter(rt.arg(1), 0, frame);
  run.running = caller;
  return true;
}

function faultOf(program: EngineProgram, reason: number, slot: number): VmFault {
  switch (reason) {
    case FAULT_FUEL:
      return FAULTS.fuel();
    case FAULT_STACK:
      return FAULTS.stack();
    case FAULT_HELPER:
      return faultOfCall(program, slot);
    default:
      return FAULTS.instruction();
  }
}

/** A program as Wasm. */
export class JitEngine implements WasmCode {
  private constructor(
    private readonly rt: Runtime,
    private readonly program: EngineProgram,
    private readonly exports: Exports,
    readonly compiled: CompiledProgram,
  ) {}

  static create(rt: Runtime, program: EngineProgram): JitEngine {
    const compiled = compileProgram(program, hostOf(rt));
    const module = new WebAssembly.Module(compiled.wasm);
    const instance = new WebAssembly.Instance(module, { env: importsOf(rt, program, compiled) });
    return new JitEngine(rt, program, instance.exports as unknown as Exports, compiled);
  }

  enter(r1: number, r2: number, stackTop: number): void {
    try {
      this.exports.run(r1, r2, stackTop);
    } catch (e) {
      if (e instanceof WebAssembly.RuntimeError) throw new VmFault('memory', `Wasm: ${e.message}`);
      if (e instanceof Thrown) return this.caught(e, stackTop);
      // Only a helper throws a fault without a place.
      if (e instanceof VmFault) throw placed(e, this.program, this.rt.memory.u32(CALL_SLOT));
      throw e;
    }
  }

  /** Frames are left already: the callback for exceptions runs in their place, or the number is the result. */
  private caught({ lo, hi }: Thrown, stackTop: number): void {
    const callback = this.program.exceptionCallback ?? null;
    if (callback === null) return this.rt.retHalves(lo, hi);
    this.rt.setArg(1, lo, hi);
    this.callSubprogram(callback, stackTop);
  }

  callSubprogram(slot: number, framePointer: number): void {
    this.exports.callback(slot, framePointer);
  }
}
