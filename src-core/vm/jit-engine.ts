import { STACK_TOP } from '../jit/abi.ts';
import { type CompiledProgram, compileProgram } from '../jit/compile.ts';
import { FAULT_FUEL, FAULT_HELPER, FAULT_STACK } from '../jit/emit/context.ts';
import type { EngineOptions, EngineProgram } from './engine.ts';
import { VmFault } from './fault.ts';
import { callHelper, vmHelper } from './helpers/registry.ts';
import { tailCall } from './helpers/tail-call.ts';
import { loadFromPacket } from './packet-load.ts';
import type { Executable, Runtime } from './runtime.ts';

interface Exports {
  readonly run: (r1: number, r2: number, stackTop: number) => number;
  readonly g0: WebAssembly.Global;
}

/** Functions that compiled code imports, bound to one runtime. */
function importsOf(rt: Runtime, compiled: CompiledProgram): Record<string, WebAssembly.ImportValue> {
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
    fault,
  };
  for (const id of compiled.helpers) env[`helper${id}`] = () => vmHelper(id)?.call(rt);
  return env;
}

function fault(reason: number, slot: number): void {
  switch (reason) {
    case FAULT_FUEL:
      throw new VmFault('fuel', 'stopped: the loop went on for too long', slot);
    case FAULT_STACK:
      throw new VmFault('stack', 'too many call frames', slot);
    case FAULT_HELPER:
      throw new VmFault('helper', 'a function that is not simulated', slot);
    default:
      throw new VmFault('instruction', 'not an instruction that can run', slot);
  }
}

/** Runs a program as Wasm. */
export class JitEngine implements Executable {
  private constructor(
    private readonly exports: Exports,
    private readonly options: EngineOptions,
    readonly compiled: CompiledProgram,
  ) {}

  static create(rt: Runtime, program: EngineProgram, options: EngineOptions): JitEngine {
    const compiled = compileProgram(program.insns, program.subprogStarts, (id) => vmHelper(id) !== null);
    const module = new WebAssembly.Module(compiled.wasm);
    const instance = new WebAssembly.Instance(module, { env: importsOf(rt, compiled) });
    return new JitEngine(instance.exports as unknown as Exports, options, compiled);
  }

  run(ctx: number, stackTop = STACK_TOP): number {
    return this.runWith(ctx, 0, stackTop);
  }

  /** Runs with r1 and r2 set; the whole r0 stands in the runtime's scratch result. */
  runWith(r1: number, r2: number, stackTop = STACK_TOP): number {
    this.exports.g0.value = Math.min(this.options.fuel, 0x7fffffff);
    try {
      return this.exports.run(r1, r2, stackTop);
    } catch (e) {
      if (e instanceof WebAssembly.RuntimeError) throw new VmFault('memory', `Wasm: ${e.message}`);
      throw e;
    }
  }
}
