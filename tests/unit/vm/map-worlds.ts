import { SimKernel } from '../../../src-core/bpf/kernel.ts';
import { closeFd, createMap, mapDelete, mapLookup, mapNextKey, mapUpdate } from '../../kernel/oracle.ts';
import { CPUS, PER_CPU_TYPES, round8 } from '../../kernel/run-on-kernel.ts';

/** What BPF_MAP_CREATE takes. */
export interface MapShape {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: number;
}

/** One map, in the simulated kernel or in the live one: results are 0 or a negative errno. */
export interface MapWorld {
  update(key: Uint8Array, value: Uint8Array, flags: number): number;
  delete(key: Uint8Array): number;
  lookup(key: Uint8Array): Uint8Array | null;
  /** "key=value" in hexadecimal, sorted. */
  contents(): string[];
  close(): void;
}

/** Bytes of a value as a user sees it: one a CPU, each padded to 8, in per-CPU maps. */
export const userValueSize = (m: MapShape): number =>
  PER_CPU_TYPES.includes(m.type) ? round8(m.valueSize) * CPUS : m.valueSize;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const element = (key: Uint8Array, value: Uint8Array): string => `${hex(key)}=${hex(value)}`;

export function simulatedMap(shape: MapShape): MapWorld {
  const kernel = SimKernel.create();
  const made = kernel.call('MAP_CREATE', shape);
  if (!made.ok) throw new Error(`errno ${made.errno}`);
  const { maps } = kernel;
  return {
    update: (key, value, flags) => maps.update(made.fd, key, value, flags),
    delete: (key) => maps.delete(made.fd, key),
    lookup: (key) => maps.lookup(made.fd, key),
    contents: () =>
      maps
        .entries(made.fd, 10_000)
        .map((e) => element(e.key, e.value))
        .sort(),
    close: () => kernel.close(made.fd),
  };
}

export function liveMap(shape: MapShape): MapWorld {
  const fd = createMap(shape);
  if (fd < 0) throw new Error(`errno ${-fd}`);
  const size = userValueSize(shape);
  return {
    update: (key, value, flags) => mapUpdate(fd, key, value, flags),
    delete: (key) => mapDelete(fd, key),
    lookup: (key) => mapLookup(fd, key, size),
    contents: () => {
      const out: string[] = [];
      let key = mapNextKey(fd, null, shape.keySize);
      for (; key !== null; key = mapNextKey(fd, key, shape.keySize)) {
        const value = mapLookup(fd, key, size);
        if (value !== null) out.push(element(key, value));
      }
      return out.sort();
    },
    close: () => closeFd(fd),
  };
}
