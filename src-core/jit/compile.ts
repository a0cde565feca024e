import { BPF_CALL, BPF_JMP } from '../isa/opcodes.ts';
import type { BpfInsns } from '../isa/program.ts';
import {
  FRAME_SIZE,
  MAP_LOOKUP_ID,
  MAX_FRAMES,
  MAY_GOTO_ROUNDS,
  RET,
  STACK_TOP,
  TAIL_CALL_ID,
} from './abi.ts';
import { buildCfg, type Cfg } from './cfg.ts';
import { emitFault } from './emit/call.ts';
import { type Emit, FAULT_STACK, type Imports } from './emit/context.ts';
import { emitMapLookup } from './emit/map-lookup.ts';
import { emitSubprogram } from './emit/subprogram.ts';
import type { FunctionBuilder } from './wasm/function-builder.ts';
import { ModuleBuilder } from './wasm/module-builder.ts';
import { I32, I64, type ValType } from './wasm/opcodes.ts';

/** A compiled program: a Wasm module that imports env.memory and the functions below. */
export interface CompiledProgram {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Helpers to import as "helper<id>", () -> (). */
  readonly helpers: readonly number[];
}

/** r1..r5 and the frame pointer. */
const SUBPROGRAM_PARAMS: readonly ValType[] = [I64, I64, I64, I64, I64, I64];

function helperIds(insns: BpfInsns): number[] {
  const ids = new Set<number>();
  for (let i = 0; i < insns.length; i++) {
    if (insns.code[i] === (BPF_JMP | BPF_CALL) && insns.src[i] === 0) ids.add(insns.imm[i]);
  }
  ids.delete(MAP_LOOKUP_ID);
  ids.delete(TAIL_CALL_ID);
  return [...ids].sort((a, b) => a - b);
}

/**
 * Compiles a program whose references are resolved to a Wasm module. It exports "run", (r1, r2, stack top) ->
 * low half of r0, with all of r0 in the scratch result, and "g0", the fuel left. `known` says which helpers
 * the simulated kernel has; a call of another one faults when it is reached.
 */
export function compileProgram(
  insns: BpfInsns,
  subprogStarts: readonly number[],
  known: (helper: number) => boolean,
): CompiledProgram {
  const module = new ModuleBuilder();
  const helpers = helperIds(insns).filter(known);
  const lookupOther = module.importFunction('lookup', [I32, I32], [I32]);
  const tailCall = module.importFunction('tailCall', [I32], [I32]);
  const packetLoad = module.importFunction('packetLoad', [I32, I32], [I32]);
  const fault = module.importFunction('fault', [I32, I32], []);
  const helperById = module.importFunction('helperById', [I32], []);
  const helper = new Map(helpers.map((id) => [id, module.importFunction(`helper${id}`, [], [])]));
  const lookup = module.function([I32, I32], [I32]);
  emitMapLookup(lookup.body, lookupOther);
  const functions = subprogStarts.map(() => module.function(SUBPROGRAM_PARAMS, [I64]));
  const imports: Imports = {
    mapLookup: lookup.index,
    helper,
    tailCall,
    packetLoad,
    helperById,
    fault,
    subprogram: new Map(subprogStarts.map((start, i) => [start, functions[i].index])),
    fuel: module.i32Global(),
  };
  subprogStarts.forEach((start, i) => {
    const cfg = buildCfg(insns, start, subprogStarts[i + 1] ?? insns.length);
    emitFunction(functions[i].body, cfg, imports, start);
  });
  const run = module.function([I32, I32, I32], [I32]);
  emitRun(run.body, functions[0].index);
  module.export('run', run.index);
  return { wasm: module.finish(), helpers };
}

function emitFunction(f: FunctionBuilder, cfg: Cfg, imports: Imports, start: number): void {
  const usesMayGoto = cfg.blocks.some(
    (b) => b.exit.kind === 'cond' && b.exit.insn.meaning.kind === 'mayGoto',
  );
  const params = [1, 2, 3, 4, 5].map((n) => f.i64Param(n - 1));
  const fp = f.i64Param(5);
  const r0 = f.i64Local();
  const saved = [6, 7, 8, 9].map(() => f.i64Local());
  const e: Emit = {
    f,
    r: [r0, ...params, ...saved, fp],
    t64: f.i64Local(),
    t32: f.i32Local(),
    mayGoto: usesMayGoto ? f.i32Local() : null,
    imports,
  };
  if (e.mayGoto !== null) f.i32(MAY_GOTO_ROUNDS).set(e.mayGoto);
  // if (fp <= STACK_TOP - frames * size) fault: unverified programs may recurse.
  f.get(fp)
    .op('i32_wrap_i64')
    .i32(STACK_TOP - MAX_FRAMES * FRAME_SIZE)
    .op('i32_le_u')
    .if();
  emitFault(e, FAULT_STACK, start);
  f.end();
  emitSubprogram(e, cfg);
}

/** run(r1, r2, top): scratch result = main(r1, r2, 0, 0, 0, top); return its low half */
function emitRun(f: FunctionBuilder, main: number): void {
  const result = f.i64Local();
  f.get(f.i32Param(0)).op('i64_extend_i32_u').get(f.i32Param(1)).op('i64_extend_i32_u');
  f.i64(0, 0).i64(0, 0).i64(0, 0);
  f.get(f.i32Param(2)).op('i64_extend_i32_u').call(main).set(result);
  f.i32(0).get(result).mem('i64_store', RET);
  f.get(result).op('i32_wrap_i64');
}
