import { BPF_CALL, BPF_JMP, BPF_PSEUDO_FUNC, LD_IMM64 } from '../isa/opcodes.ts';
import type { BpfInsns } from '../isa/program.ts';
import {
  ARGS,
  FUEL,
  type JitHost,
  LOOP_ID,
  MAP_LOOKUP_ID,
  MAY_GOTO_ROUNDS,
  type MapLayout,
  RET,
  STACK_LIMIT,
  TAIL_CALL_ID,
} from './abi.ts';
import { buildCfg, type Cfg } from './cfg.ts';
import { emitFault } from './emit/call.ts';
import {
  type Emit,
  FAULT_FUEL,
  FAULT_INSTRUCTION,
  FAULT_STACK,
  type HelperImport,
  type Imports,
} from './emit/context.ts';
import { emitHashLookupOf } from './emit/known-lookup.ts';
import { KnownMaps } from './emit/known-maps.ts';
import { emitLoop } from './emit/loop.ts';
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

/** What is compiled. */
export interface JitProgram {
  readonly insns: BpfInsns;
  readonly subprogStarts: readonly number[];
  /** First slot of a subprogram that is called from outside, beside those that the program points to. */
  readonly exceptionCallback?: number | null;
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
  ids.delete(LOOP_ID);
  return [...ids].sort((a, b) => a - b);
}

/** Imports the helpers that the program calls and the host has; a call of another one faults when reached. */
function importHelpers(module: ModuleBuilder, insns: BpfInsns, host: JitHost): Map<number, HelperImport> {
  const helpers = new Map<number, HelperImport>();
  for (const id of helperIds(insns)) {
    const args = host.helperArgs(id);
    if (args !== null) helpers.set(id, { index: module.importFunction(`helper${id}`, [], []), args });
  }
  return helpers;
}

/** First slots of the subprograms that the program takes pointers to. */
function callbackTargets(insns: BpfInsns): number[] {
  const targets = new Set<number>();
  for (let i = 0; i < insns.length; i++) {
    if (insns.code[i] !== LD_IMM64) continue;
    if (insns.src[i] === BPF_PSEUDO_FUNC) targets.add(i + 1 + insns.imm[i]);
    i++;
  }
  return [...targets].sort((a, b) => a - b);
}

/** Makes the lookup function of each hash map once. */
function hashLookups(module: ModuleBuilder): (map: MapLayout) => number {
  const made = new Map<number, number>();
  return (map) => {
    const known = made.get(map.base);
    if (known !== undefined) return known;
    const lookup = module.function([I32], [I32]);
    emitHashLookupOf(lookup.body, map);
    made.set(map.base, lookup.index);
    return lookup.index;
  };
}

/**
 * Compiles a program whose references are resolved to a Wasm module. It exports "run", (r1, r2, stack top) ->
 * low half of r0, with all of r0 in the scratch result; "callback", (slot of a subprogram, frame pointer) -> (),
 * with arguments and result in the scratch. The fuel stands in the scratch.
 */
export function compileProgram(
  { insns, subprogStarts, exceptionCallback = null }: JitProgram,
  host: JitHost,
): CompiledProgram {
  const module = new ModuleBuilder();
  const lookupOther = module.importFunction('lookup', [I32, I32], [I32]);
  const tailCall = module.importFunction('tailCall', [I32], [I32]);
  const packetLoad = module.importFunction('packetLoad', [I32, I32], [I32]);
  const fault = module.importFunction('fault', [I32, I32], []);
  const helperById = module.importFunction('helperById', [I32], []);
  const helper = importHelpers(module, insns, host);
  const lookup = module.function([I32, I32], [I32]);
  emitMapLookup(lookup.body, lookupOther);
  const loop = module.function([I32, I32, I64, I64], [I64]);
  const functions = subprogStarts.map(() => module.function(SUBPROGRAM_PARAMS, [I64]));
  const imports: Imports = {
    mapLookup: lookup.index,
    hashLookup: hashLookups(module),
    loop: loop.index,
    helper,
    tailCall,
    packetLoad,
    helperById,
    fault,
    subprogram: new Map(subprogStarts.map((start, i) => [start, functions[i].index])),
  };
  subprogStarts.forEach((start, i) => {
    const cfg = buildCfg(insns, start, subprogStarts[i + 1] ?? insns.length);
    emitFunction(functions[i].body, cfg, imports, host, start);
  });
  const run = module.function([I32, I32, I32], [I32]);
  emitRun(run.body, functions[0].index);
  module.export('run', run.index);
  const callback = module.function([I32, I32], []);
  const targets = callbackTargets(insns);
  if (exceptionCallback !== null && !targets.includes(exceptionCallback)) targets.push(exceptionCallback);
  emitLoop(loop.body, imports, targets);
  emitCallback(callback.body, imports, targets);
  module.export('callback', callback.index);
  return { wasm: module.finish(), helpers: [...helper.keys()] };
}

/** Does a block go back to itself or to one before it? */
const hasLoop = (cfg: Cfg): boolean =>
  cfg.blocks.some(({ exit }, i) => {
    const goes = exit.kind === 'goto' ? [exit.to] : exit.kind === 'cond' ? [exit.taken, exit.next] : [];
    return goes.some((to) => to !== null && to <= i);
  });

function emitFunction(f: FunctionBuilder, cfg: Cfg, imports: Imports, host: JitHost, start: number): void {
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
    fuel: hasLoop(cfg) ? { start: f.i32Local(), left: f.i32Local() } : null,
    known: new KnownMaps((address) => host.mapAt(address)),
    imports,
  };
  if (e.fuel !== null) f.i32(0).mem('i32_load', FUEL).tee(e.fuel.start).set(e.fuel.left);
  if (e.mayGoto !== null) f.i32(MAY_GOTO_ROUNDS).set(e.mayGoto);
  // if (fp <= limit) fault: unverified programs may recurse.
  f.get(fp).op('i32_wrap_i64').i32(0).mem('i32_load', STACK_LIMIT).op('i32_le_u').if();
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

/**
 * callback(slot, fp): if (--fuel < 0) fault;
 * for each target: if (slot == target) { scratch result = target(r1..r5, fp); return }
 */
function emitCallback(f: FunctionBuilder, imports: Imports, targets: readonly number[]): void {
  const { fault } = imports;
  // Callbacks of callbacks multiply, and none of them needs a loop of its own.
  const left = f.i32Local();
  f.i32(0).i32(0).mem('i32_load', FUEL).i32(1).op('i32_sub').tee(left).mem('i32_store', FUEL);
  f.get(left).i32(0).op('i32_lt_s').if();
  f.i32(FAULT_FUEL).get(f.i32Param(0)).call(fault).end();
  for (const target of targets) {
    const subprogram = imports.subprogram.get(target);
    if (subprogram === undefined) continue;
    f.get(f.i32Param(0)).i32(target).op('i32_eq').if();
    f.i32(0);
    for (let n = 0; n < 5; n++) f.i32(0).mem('i64_load', ARGS + n * 8);
    f.get(f.i32Param(1)).op('i64_extend_i32_u').call(subprogram).mem('i64_store', RET);
    f.op('return').end();
  }
  f.i32(FAULT_INSTRUCTION).get(f.i32Param(0)).call(fault);
}
