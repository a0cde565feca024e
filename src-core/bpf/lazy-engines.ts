import type { EngineOptions, EngineProgram } from '../vm/engine.ts';
import { Interpreter } from '../vm/interpreter/interpreter.ts';
import { JitEngine } from '../vm/jit-engine.ts';
import type { Executable, Runtime } from '../vm/runtime.ts';

/** The engines of a loaded program, each made when it is first asked for: most programs are verified, not run. */
export class LazyEngines {
  private wasm: JitEngine | null = null;
  private plain: Interpreter | null = null;

  constructor(
    private readonly rt: Runtime,
    private readonly program: EngineProgram,
    private readonly options: EngineOptions,
  ) {}

  get jit(): Executable {
    this.wasm ??= JitEngine.create(this.rt, this.program, this.options);
    return this.wasm;
  }

  get interp(): Executable {
    this.plain ??= new Interpreter(this.rt, this.program, this.options);
    return this.plain;
  }

  /** What a prog array holds: the compiled program, compiled at the first jump to it. */
  readonly tailCallTarget: Executable = {
    run: (ctx, stackTop) => this.jit.run(ctx, stackTop),
    callSubprogram: (slot, framePointer) => this.jit.callSubprogram(slot, framePointer),
  };
}
