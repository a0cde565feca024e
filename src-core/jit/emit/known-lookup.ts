import {
  CPU,
  ENTRY_HASH,
  ENTRY_KEY,
  ENTRY_NEXT,
  ENTRY_USED,
  HASH_MULTIPLIER,
  KIND_ARRAY,
  KIND_HASH,
  type MapLayout,
} from '../abi.ts';
import type { FunctionBuilder, I32Local, Label } from '../wasm/function-builder.ts';
import type { Emit } from './context.ts';

/** Bytes of a key up to which hash and comparison are unrolled; longer keys take the general lookup. */
const MAX_UNROLLED_KEY = 32;

/** cpu * cpuStride is added to the address on the stack; nothing when the map is not per-CPU. */
function addCpuOffset(f: FunctionBuilder, { cpuStride }: MapLayout): void {
  if (cpuStride === 0) return;
  f.i32(0).mem('i32_load', CPU).i32(cpuStride).op('i32_mul').op('i32_add');
}

/** r0 = index < max_entries ? base + index * stride + cpu offset : 0, where index = *(u32 *)r2 */
function emitArray(e: Emit, map: MapLayout): void {
  const { f, t32 } = e;
  f.get(e.r[2]).op('i32_wrap_i64').mem('i32_load').tee(t32).i32(map.maxEntries).op('i32_lt_u').if();
  f.get(t32).i32(map.stride).op('i32_mul').i32(map.base).op('i32_add');
  addCpuOffset(f, map);
  f.op('i64_extend_i32_u').set(e.r[0]);
  f.else().i64(0, 0).set(e.r[0]).end();
}

/** r0 = bpf_map_lookup_elem(map, r2) for a map known now; false when it needs the general lookup. */
export function emitKnownLookup(e: Emit, map: MapLayout): boolean {
  if (map.kind === KIND_ARRAY) {
    emitArray(e, map);
    return true;
  }
  if (map.kind !== KIND_HASH || map.keySize > MAX_UNROLLED_KEY) return false;
  e.f.get(e.r[2]).op('i32_wrap_i64').call(e.imports.hashLookup(map));
  e.f.op('i64_extend_i32_u').set(e.r[0]);
  return true;
}

/** A key's words and then its last bytes: how each is loaded and where it stands. */
function partsOf(
  keySize: number,
): readonly { readonly load: 'i32_load' | 'i32_load8_u'; readonly at: number }[] {
  const words = keySize >> 2;
  return Array.from({ length: words + (keySize & 3) }, (_, i) =>
    i < words ? { load: 'i32_load', at: i * 4 } : { load: 'i32_load8_u', at: words * 3 + i },
  );
}

/**
 * The body of (key) -> value address or 0 for one hash map (vm/maps/descriptor.ts hashKey()):
 *
 *   k[i] = key parts; h = hash(k); e = buckets[h & mask]
 *   while (e) { if (e->key parts == k) return e + value offset + cpu offset; e = e->next }
 *   return 0
 */
export function emitHashLookupOf(f: FunctionBuilder, map: MapLayout): void {
  const key = f.i32Param(0);
  const [hash, entry] = [f.i32Local(), f.i32Local()];
  const parts = partsOf(map.keySize).map((part) => ({ ...part, local: f.i32Local() }));
  f.i32(map.keySize).set(hash);
  for (const { load, at, local } of parts) {
    f.get(hash).get(key).mem(load, at).tee(local).op('i32_xor').i32(HASH_MULTIPLIER).op('i32_mul').tee(hash);
    f.get(hash).i32(15).op('i32_shr_u').op('i32_xor').set(hash);
  }
  f.get(hash).i32(map.stride).op('i32_and').i32(2).op('i32_shl').mem('i32_load', map.base).set(entry);
  const absent = f.block();
  const walk = f.loop();
  f.get(entry).op('i32_eqz').brIf(absent);
  const differs = f.block();
  // Comparing one or two words costs no more than comparing their hash.
  if (map.keySize > 8) f.get(entry).mem('i32_load', ENTRY_HASH).get(hash).op('i32_ne').brIf(differs);
  emitCompare(f, entry, parts, differs);
  if (map.marks) f.get(entry).i32(1).mem('i32_store', ENTRY_USED);
  f.get(entry).i32(map.valueOffset).op('i32_add');
  addCpuOffset(f, map);
  f.op('return').end();
  f.get(entry).mem('i32_load', ENTRY_NEXT).set(entry).br(walk);
  f.end().end();
  f.i32(0);
}

function emitCompare(
  f: FunctionBuilder,
  entry: I32Local,
  parts: readonly {
    readonly load: 'i32_load' | 'i32_load8_u';
    readonly at: number;
    readonly local: I32Local;
  }[],
  differs: Label,
): void {
  for (const { load, at, local } of parts) {
    f.get(entry)
      .mem(load, ENTRY_KEY + at)
      .get(local)
      .op('i32_ne')
      .brIf(differs);
  }
}
