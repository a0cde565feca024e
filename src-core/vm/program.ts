import type { Btf } from '../btf/btf.ts';
import type { RunnableProgram, WasmCode } from './activation.ts';
import { type DecodedProgram, decodeProgram, type EngineProgram } from './engine.ts';
import { JitEngine } from './jit-engine.ts';
import type { Runtime } from './runtime.ts';

/** A loaded program; compiled or decoded when it is first run: most programs are verified, not run. */
export class VmProgram implements RunnableProgram {
  private wasm: JitEngine | null = null;
  private decoded: DecodedProgram | null = null;

  constructor(
    private readonly rt: Runtime,
    readonly id: number,
    readonly code: EngineProgram,
  ) {}

  get btf(): Btf | null {
    return this.code.btf ?? null;
  }
  get jit(): WasmCode {
    this.wasm ??= JitEngine.create(this.rt, this.code);
    return this.wasm;
  }
  get plain(): DecodedProgram {
    this.decoded ??= decodeProgram(this.code);
    return this.decoded;
  }
}
