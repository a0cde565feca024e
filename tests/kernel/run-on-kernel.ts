import type { ObjectSpec } from '../../src-core/object/spec.ts';
import { elementText, type RunText } from '../support/project-programs.ts';
import type { KernelObject } from './load-on-kernel.ts';
import { mapLookup, mapNextKey, testRun } from './oracle.ts';

/** Map types whose value is one per CPU (PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH). */
export const PER_CPU_TYPES: readonly number[] = [5, 6, 10];
/** Map types whose elements a user can walk and that programs write to. */
export const WALKABLE_TYPES: readonly number[] = [1, 2, 5, 6, 9, 10];
/** CPUs of the simulated kernel; the recording machine must have as many. */
export const CPUS = 2;

export const round8 = (n: number): number => (n + 7) & ~7;

function elements(fd: number, keySize: number, valueSize: number, cpuStride: number): string[] {
  const out: string[] = [];
  for (let key = mapNextKey(fd, null, keySize); key !== null; key = mapNextKey(fd, key, keySize)) {
    const value = mapLookup(fd, key, valueSize);
    if (value !== null) out.push(elementText(key, value, cpuStride));
  }
  return out;
}

/** BPF_PROG_TEST_RUN on one packet, with what it left in the maps. */
export function runOnKernel(
  spec: ObjectSpec,
  object: KernelObject,
  fd: number,
  packet: Uint8Array,
): RunText | { readonly errno: number } {
  const run = testRun(fd, { dataIn: packet });
  if (run.errno !== 0) return { errno: run.errno };
  const maps = spec.maps.flatMap((map, i) => {
    const mapFd = object.mapFds[i];
    if (mapFd === null || !WALKABLE_TYPES.includes(map.type)) return [];
    const perCpu = PER_CPU_TYPES.includes(map.type);
    const stride = perCpu ? round8(map.valueSize) : map.valueSize;
    return [
      { name: map.name, elements: elements(mapFd, map.keySize, perCpu ? stride * CPUS : stride, stride) },
    ];
  });
  return { retval: run.retval, dataOut: run.dataOut, maps };
}
