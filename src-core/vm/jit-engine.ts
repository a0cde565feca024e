import {
  CALL_SLOT,
  D_BASE,
  D_CPU_STRIDE,
  D_KEY_SIZE,
  D_KIND,
  D_MAX_ENTRIES,
  D_STRIDE,
  D_VALUE_OFFSET,
  type JitHost,
  STACK_TOP,
} from '../jit/abi.ts';
import { type CompiledProgram, compileProgram } from '../jit/compile.ts';
import { FAULT_FUEL, FAULT_HELPER, FAULT_STACK } from '../jit/emit/context.ts';
import { type EngineOptions, type EngineProgram, placed } from './engine.ts';
import { FAULTS, VmFault } from './fault.ts';
import { faultOfCall } from './helpers/not-simulated.ts';
import { callHelper, vmHelper } from './helpers/registry.ts';
import { tailCall } from './helpers/tail-call.ts';
import { loadFromPacket } from './packet-load.ts';
import type { Executable, Runtime } from './runtime.ts';

interface Exports {
  readonly run: (r1: number, r2: number, stackTop: number) => number;
  readonly callback: (slot: number, framePointer: number) => void;
  readonly g0: WebAssembly.Global;
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
    tailCall: (frame: number) => (tailCall(rt, frame) ? 1 : 0),
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

function faultOf(program: EngineProgram, reason: number, slot: number): VmFault {
  switch (reason) {
    case FAULT_FUEL:
      return FAULTS.fuel();
    case FAULT_STACK:
      return FAULTS.stack();
    case FAULT_HELPER:
      return faultOfCall(program.insns, slot);
    default:
      return FAULTS.instruction();
  }
}

/** Runs a program as Wasm. */
export class JitEngine implements Executable {
  private constructor(
    private readonly rt: Runtime,
    private readonly program: EngineProgram,
    private readonly exports: Exports,
    private readonly options: EngineOptions,
    readonly compiled: CompiledProgram,
  ) {}

  static create(rt: Runtime, program: EngineProgram, options: EngineOptions): JitEngine {
    const compiled = compileProgram(program.insns, program.subprogStarts, hostOf(rt));
    const module = new WebAssembly.Module(compiled.wasm);
    const instance = new WebAssembly.Instance(module, { env: importsOf(rt, program, compiled) });
    return new JitEngine(rt, program, instance.exports as unknown as Exports, options, compiled);
  }

  run(ctx: number, stackTop = STACK_TOP): number {
    return this.runWith(ctx, 0, stackTop);
  }

  /** Runs with r1 and r2 set; the whole r0 stands in the runtime's scratch result. */
  runWith(r1: number, r2: number, stackTop = STACK_TOP): number {
    const { rt, exports } = this;
    const outer = rt.running;
    rt.running = this;
    exports.g0.value = Math.min(this.options.fuel, 0x7fffffff);
    try {
      return exports.run(r1, r2, stackTop);
    } catch (e) {
      if (e instanceof WebAssembly.RuntimeError) throw new VmFault('memory', `Wasm: ${e.message}`);
      // Only a helper throws a fault without a place.
      if (e instanceof VmFault) throw placed(e, this.program, rt.memory.u32(CALL_SLOT));
      throw e;
    } finally {
      rt.running = outer;
    }
  }

  callSubprogram(slot: number, framePointer: number): void {
    this.exports.callback(slot, framePointer);
  }
}
