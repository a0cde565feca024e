import {
  CPU,
  D_BASE,
  D_CPU_STRIDE,
  D_KEY_SIZE,
  D_KIND,
  D_MARKS,
  D_MAX_ENTRIES,
  D_STRIDE,
  D_VALUE_OFFSET,
  ENTRY_HASH,
  ENTRY_KEY,
  ENTRY_NEXT,
  ENTRY_USED,
  HASH_MULTIPLIER,
  KIND_ARRAY,
  KIND_HASH,
} from '../abi.ts';
import type { FunctionBuilder, I32Local } from '../wasm/function-builder.ts';

/**
 * bpf_map_lookup_elem() inside Wasm, for a map that is known only when the program runs: (key, map) -> address
 * of the value for this CPU, or 0. Arrays index, hash maps walk their bucket, and any other map asks `other`,
 * an import of the same signature. Lookups in a map known before are in known-lookup.ts.
 */
export function emitMapLookup(f: FunctionBuilder, other: number): void {
  const key = f.i32Param(0);
  const map = f.i32Param(1);
  const field = (offset: number): void => void f.get(map).mem('i32_load', offset);
  field(D_KIND);
  f.i32(KIND_ARRAY).op('i32_eq').if();
  emitArrayLookup(f, key, field);
  f.end();
  field(D_KIND);
  f.i32(KIND_HASH).op('i32_eq').if();
  emitHashLookup(f, key, field);
  f.end();
  f.get(key).get(map).call(other);
}

/** Pushes cpu * cpuStride. */
function pushCpuOffset(f: FunctionBuilder, field: (offset: number) => void): void {
  f.i32(0).mem('i32_load', CPU);
  field(D_CPU_STRIDE);
  f.op('i32_mul');
}

/** return index < max_entries ? base + index * stride + cpu offset : 0 */
function emitArrayLookup(f: FunctionBuilder, key: I32Local, field: (offset: number) => void): void {
  f.get(key).mem('i32_load');
  field(D_MAX_ENTRIES);
  f.op('i32_ge_u').if().i32(0).op('return').end();
  f.get(key).mem('i32_load');
  field(D_STRIDE);
  f.op('i32_mul');
  field(D_BASE);
  f.op('i32_add');
  pushCpuOffset(f, field);
  f.op('i32_add').op('return');
}

/** h = size; per word, then per byte: h = (h ^ part) * M; h ^= h >>> 15 (vm/maps/descriptor.ts hashKey()). */
function emitHash(f: FunctionBuilder, key: I32Local, size: I32Local, hash: I32Local, at: I32Local): void {
  const round = (load: 'i32_load' | 'i32_load8_u', step: number): void => {
    f.get(hash)
      .get(key)
      .get(at)
      .op('i32_add')
      .mem(load)
      .op('i32_xor')
      .i32(HASH_MULTIPLIER)
      .op('i32_mul')
      .tee(hash);
    f.get(hash).i32(15).op('i32_shr_u').op('i32_xor').set(hash);
    f.get(at).i32(step).op('i32_add').set(at);
  };
  f.get(size).set(hash).i32(0).set(at);
  const words = f.block();
  const nextWord = f.loop();
  f.get(at).i32(4).op('i32_add').get(size).op('i32_gt_u').brIf(words);
  round('i32_load', 4);
  f.br(nextWord).end().end();
  const bytes = f.block();
  const nextByte = f.loop();
  f.get(at).get(size).op('i32_ge_u').brIf(bytes);
  round('i32_load8_u', 1);
  f.br(nextByte).end().end();
}

function emitHashLookup(f: FunctionBuilder, key: I32Local, field: (offset: number) => void): void {
  const [size, hash, at, entry] = [f.i32Local(), f.i32Local(), f.i32Local(), f.i32Local()];
  field(D_KEY_SIZE);
  f.set(size);
  emitHash(f, key, size, hash, at);
  field(D_BASE);
  f.get(hash);
  field(D_STRIDE);
  f.op('i32_and').i32(2).op('i32_shl').op('i32_add').mem('i32_load').set(entry);
  const absent = f.block();
  const walk = f.loop();
  f.get(entry).op('i32_eqz').brIf(absent);
  const differs = f.block();
  f.get(entry).mem('i32_load', ENTRY_HASH).get(hash).op('i32_ne').brIf(differs);
  emitKeyCompare(f, key, size, entry, at, differs);
  field(D_MARKS);
  f.if().get(entry).i32(1).mem('i32_store', ENTRY_USED).end();
  f.get(entry);
  field(D_VALUE_OFFSET);
  f.op('i32_add');
  pushCpuOffset(f, field);
  f.op('i32_add').op('return');
  f.end();
  f.get(entry).mem('i32_load', ENTRY_NEXT).set(entry).br(walk);
  f.end().end();
  f.i32(0).op('return');
}

/** Branches to `differs` unless the entry's key equals ours; whole words first, then bytes. */
function emitKeyCompare(
  f: FunctionBuilder,
  key: I32Local,
  size: I32Local,
  entry: I32Local,
  at: I32Local,
  differs: ReturnType<FunctionBuilder['block']>,
): void {
  const compare = (load: 'i32_load' | 'i32_load8_u', step: number): void => {
    f.get(entry).get(at).op('i32_add').mem(load, ENTRY_KEY);
    f.get(key).get(at).op('i32_add').mem(load).op('i32_ne').brIf(differs);
    f.get(at).i32(step).op('i32_add').set(at);
  };
  f.i32(0).set(at);
  const words = f.block();
  const nextWord = f.loop();
  f.get(at).i32(4).op('i32_add').get(size).op('i32_gt_u').brIf(words);
  compare('i32_load', 4);
  f.br(nextWord).end().end();
  const bytes = f.block();
  const nextByte = f.loop();
  f.get(at).get(size).op('i32_ge_u').brIf(bytes);
  compare('i32_load8_u', 1);
  f.br(nextByte).end().end();
}
