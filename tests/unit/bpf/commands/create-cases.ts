import type { MapCreateAttr } from '../../../../src-core/bpf/api.ts';
import { SHAPES, type Shape } from './shapes.ts';
import type { Case, World } from './world.ts';

const FALLBACK = { keySize: 4, valueSize: 4, maxEntries: 4 };
const LAST_FLAG = 19;

const attempt = (w: World, label: string, attr: MapCreateAttr): string => {
  const made = w.call('MAP_CREATE', attr);
  const said = `${label}: ${made.ok ? 'ok' : made.errno}`;
  if (made.ok) w.close(made.fd);
  return said;
};

/** Attributes that a type is tried with, one dimension a case. */
function casesOf({ name, type, valid }: Shape): Case[] {
  const base: MapCreateAttr = valid ?? { ...FALLBACK, type };
  const over = (
    what: string,
    values: readonly (string | number)[],
    change: (v: number) => Partial<MapCreateAttr>,
  ): Case => ({
    name: `${name}: create with ${what}`,
    run: (w) => values.map((v) => attempt(w, String(v), { ...base, ...change(Number(v)) })),
  });
  const flags = Array.from({ length: LAST_FLAG }, (_, bit) => bit);
  return [
    over('key sizes', [0, 1, 3, 4, 5, 8, 12, 16, 20, 260, 261, 512, 513], (keySize) => ({ keySize })),
    over(
      'value sizes',
      [0, 1, 4, 6, 8, 12, 16, 32, 1016, 1024, 32768, 32769, 65407, 65408, 4194251, 4194305],
      (valueSize) => ({ valueSize }),
    ),
    over('entries', [0, 1, 2, 3, 255, 256, 257, 4096, 8192, 12288], (maxEntries) => ({ maxEntries })),
    over('one more flag', flags, (bit) => ({ flags: (base.flags ?? 0) | (1 << bit) })),
    over('only one flag', flags, (bit) => ({ flags: 1 << bit })),
  ];
}

const NAMES = [
  '',
  'a',
  'fifteen_letters',
  'sixteen_letters_',
  'with space',
  'with-dash',
  'dot.ted',
  '9',
  'é',
  '%',
];

const general: readonly Case[] = [
  {
    name: 'names of maps',
    run: (w) => NAMES.map((name) => attempt(w, name, { ...FALLBACK, type: 2, name })),
  },
  {
    name: 'types that do not exist',
    run: (w) => [34, 35, 40, 1000, 0x7fffffff].map((type) => attempt(w, String(type), { ...FALLBACK, type })),
  },
  {
    name: 'map_extra of all types',
    run: (w) =>
      SHAPES.flatMap(({ name, type, valid }) =>
        [1, 5, 15, 16].map((mapExtra) =>
          attempt(w, `${name} ${mapExtra}`, { ...(valid ?? { ...FALLBACK, type }), mapExtra }),
        ),
      ),
  },
  {
    name: 'map_extra of an arena is the address of its first page',
    run: (w) =>
      [
        [4096, 0],
        [1, 0],
        [0, 1],
        [0xfffff000, 0],
        [0xffffc000, 0],
        [0xffffd000, 7],
      ].map(([mapExtra, mapExtraHi]) =>
        attempt(w, `${mapExtraHi}:${mapExtra}`, {
          type: 33,
          keySize: 0,
          valueSize: 0,
          maxEntries: 4,
          flags: 1024,
          mapExtra,
          mapExtraHi,
        }),
      ),
  },
  {
    name: 'NUMA nodes',
    run: (w) =>
      [0, 1, 1000, -1].map((numaNode) =>
        attempt(w, String(numaNode), { ...FALLBACK, type: 1, flags: 4, numaNode }),
      ),
  },
  {
    name: 'a descriptor for reading only or for writing only, not both',
    run: (w) => [8, 16, 24].map((flags) => attempt(w, String(flags), { ...FALLBACK, type: 1, flags })),
  },
  {
    name: 'a program may be kept from reading or from writing, not from both',
    run: (w) =>
      [1, 2, 5, 6, 9, 10, 22, 23, 30].flatMap((type) =>
        [128, 256, 384].map((flags) =>
          attempt(w, `${type} ${flags}`, {
            ...FALLBACK,
            keySize: [22, 23, 30].includes(type) ? 0 : 4,
            type,
            flags,
          }),
        ),
      ),
  },
  {
    name: 'type ids without BTF',
    run: (w) =>
      SHAPES.filter(({ valid }) => valid !== null).flatMap(({ name, valid }) => [
        attempt(w, `${name} key`, { ...(valid as MapCreateAttr), btfKeyTypeId: 1 }),
        attempt(w, `${name} both`, {
          ...(valid as MapCreateAttr),
          btfKeyTypeId: 1,
          btfValueTypeId: 1,
          btfFd: 999,
        }),
        attempt(w, `${name} vmlinux`, { ...(valid as MapCreateAttr), btfVmlinuxValueTypeId: 1 }),
      ]),
  },
  {
    name: 'descriptors are used again, the lowest first',
    run: (w) => {
      const fds = [0, 1, 2].map(() => w.map({ ...FALLBACK, type: 2 }));
      w.close(fds[1]);
      w.close(fds[0]);
      const again = [0, 1, 2].map(() => w.map({ ...FALLBACK, type: 2 }));
      return [String(again[0] === fds[0]), String(again[1] === fds[1]), String(again[2] > fds[2])];
    },
  },
];

export const CREATE_CASES: readonly Case[] = [...SHAPES.flatMap(casesOf), ...general];
