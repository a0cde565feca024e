import { SHAPES, shape } from './shapes.ts';
import { bytes, type Case, hex, said, u32, type World } from './world.ts';

const PER_CPU = [5, 6, 10, 21];
const FD_VALUES = [3, 4, 8];
const CPUS = 2;
/** Types whose elements are numbers that a user may write. */
const PLAIN = ['hash', 'array', 'percpu_hash', 'percpu_array', 'lru_hash', 'lru_percpu_hash'];

interface Subject {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  /** Bytes of a value as the system call moves it. */
  readonly size: number;
  open(w: World): number;
}

const SUBJECTS: readonly Subject[] = SHAPES.flatMap(({ name, type, valid }) => {
  if (valid === null) return [];
  const { keySize, valueSize } = valid;
  const size = PER_CPU.includes(type) ? CPUS * 8 : FD_VALUES.includes(type) ? 4 : valueSize;
  return [{ name, type, keySize, size, open: (w: World) => w.map(valid) }];
});

/** Keys of a type: some that exist in arrays, some that do not. */
function keysOf({ name, keySize }: Subject): readonly (Uint8Array | null)[] {
  if (keySize === 0) return [null];
  if (name === 'lpm_trie')
    return [
      [0, 0],
      [8, 10],
      [16, 10],
      [32, 10],
      [33, 10],
    ].map(([bits, first]) => Uint8Array.of(bits, 0, 0, 0, first, 1, 0, 0));
  if (keySize !== 4) return [bytes(keySize, 0), bytes(keySize, 7)];
  return [0, 1, 3, 4, 5, 0xffffffff].map(u32);
}

const FLAGS = [0, 1, 2, 3, 4, 5, 8, 2 ** 32];
const show = (key: Uint8Array | null): string => (key === null ? 'null' : hex(key));
const NUMBERS = [0, 1, 7000, 0xfffffff];
/** Maps whose values are descriptors, which 1 and 2 are in every process. */
const FD_MAPS = [
  'prog_array',
  'perf_event_array',
  'cgroup_array',
  'sockmap',
  'sockhash',
  'reuseport_sockarray',
  'xskmap',
];

/** A value: small numbers where it stands for something else, so that it means the same everywhere. */
function elementOf(s: Subject, seed: number): Uint8Array {
  const value = new Uint8Array(s.size);
  if (s.size === 0) return value;
  if (s.size % 8 === 0 && PLAIN.includes(s.name)) for (let at = 0; at < s.size; at++) value[at] = seed + at;
  // The loopback device is the same everywhere.
  else if (s.name.startsWith('devmap')) value.set(u32(1));
  else value.set(u32(FD_MAPS.includes(s.name) ? 1000 + seed : seed).subarray(0, s.size));
  return value;
}

function casesOf(s: Subject): Case[] {
  const one = (what: string, run: (w: World, fd: number) => readonly string[]): Case => ({
    name: `${s.name}: ${what}`,
    run: (w) => run(w, s.open(w)),
  });
  const keys = keysOf(s);
  return [
    one('lookup in an empty map', (w, fd) => keys.map((k) => `${show(k)}: ${w.lookup(fd, k)}`)),
    one('lookup with flags', (w, fd) => FLAGS.map((f) => `${f}: ${w.lookup(fd, keys[0], f)}`)),
    one('update with flags, and again', (w, fd) =>
      FLAGS.flatMap((f) =>
        keys
          .slice(0, 4)
          .flatMap((k) => [
            `${f} ${show(k)}: ${w.update(fd, k, elementOf(s, 1), f)}`,
            `${f} ${show(k)} again: ${w.update(fd, k, elementOf(s, 2), f)}`,
          ]),
      ),
    ),
    one('update of all keys, then contents', (w, fd) => [
      ...keys.map((k, i) => `${show(k)}: ${w.update(fd, k, elementOf(s, i + 1))}`),
      ...w.contents(fd),
    ]),
    one('delete before and after an update', (w, fd) =>
      keys.flatMap((k) => [
        `${show(k)}: ${w.remove(fd, k)}`,
        w.update(fd, k, elementOf(s, 1)),
        w.remove(fd, k),
        w.remove(fd, k),
        w.lookup(fd, k),
      ]),
    ),
    one('next key', (w, fd) => [
      w.next(fd, null),
      ...keys.map((k) => (k === null ? 'no key' : w.next(fd, k))),
      w.update(fd, keys[0], elementOf(s, 1)),
      w.next(fd, null),
      keys[0] === null ? 'no key' : w.next(fd, keys[0]),
    ]),
    one('lookup and delete', (w, fd) => [
      w.take(fd, keys[0]),
      w.update(fd, keys[0], elementOf(s, 1)),
      ...FLAGS.map((f) => `${f}: ${w.take(fd, keys[0], f)}`),
      w.lookup(fd, keys[0]),
    ]),
    one('a frozen map', (w, fd) => [
      w.update(fd, keys[0], elementOf(s, 1)),
      w.does('MAP_FREEZE', { mapFd: fd }),
      w.does('MAP_FREEZE', { mapFd: fd }),
      w.update(fd, keys[0], elementOf(s, 2)),
      w.remove(fd, keys[0]),
      w.take(fd, keys[0]),
      w.lookup(fd, keys[0]),
    ]),
    one('a key where there is none, and none where there is one', (w, fd) => {
      const wrong = s.keySize === 0 ? u32(0) : null;
      return [
        w.lookup(fd, wrong),
        w.update(fd, wrong, elementOf(s, 1)),
        w.remove(fd, wrong),
        w.take(fd, wrong),
      ];
    }),
    one('batches', (w, fd) => batches(w, fd, s)),
    one('information', (w, fd) => {
      const info = w.call('OBJ_GET_INFO_BY_FD', { fd });
      if (!info.ok || info.info.kind !== 'map') return [said(info)];
      const { id, ...rest } = info.info;
      return [String(id > 0), JSON.stringify(rest, Object.keys(rest).sort())];
    }),
  ];
}

function batches(w: World, mapFd: number, s: Subject): string[] {
  const numbers = [0, 1, 2];
  const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));
  const keySize = s.keySize;
  const keys = join(
    numbers.map((n) =>
      s.name === 'lpm_trie'
        ? Uint8Array.of(32, 0, 0, 0, n, 0, 0, 0)
        : bytes(keySize, 0)
            .fill(0)
            .map((_, i) => (i === 0 ? n : 0)),
    ),
  );
  const values = join(numbers.map((n) => elementOf(s, n + 1)));
  const count = (r: ReturnType<World['call']>): string => {
    const all = r as unknown as {
      readonly ok: boolean;
      readonly count?: number;
      readonly partial?: { readonly count?: number };
    };
    return said(all) === 'ENOTSUPP'
      ? 'ENOTSUPP'
      : `${said(all)} ${all.ok ? all.count : (all.partial?.count ?? '')}`;
  };
  const found = (cmd: 'MAP_LOOKUP_BATCH' | 'MAP_LOOKUP_AND_DELETE_BATCH', n: number): string => {
    const r = w.call(cmd, { mapFd, count: n });
    const out = r.ok || said(r) === 'ENOENT' ? (r.ok ? r : r.partial) : undefined;
    const list = Array.from({ length: out?.count ?? 0 }, (_, i) => {
      const key = out?.keys?.slice(i * keySize, (i + 1) * keySize) ?? bytes(0);
      const value = out?.values?.slice(i * s.size, (i + 1) * s.size) ?? bytes(0);
      return `${hex(key)}=${hex(value)}`;
    });
    return `${said(r)} ${list.sort().join(' ')}`;
  };
  return [
    `update: ${count(w.call('MAP_UPDATE_BATCH', { mapFd, keys, values, count: 3 }))}`,
    `update with an unknown flag: ${said(w.call('MAP_UPDATE_BATCH', { mapFd, keys, values, count: 3, elemFlags: 64 }))}`,
    `update with a flag for elements: ${said(w.call('MAP_UPDATE_BATCH', { mapFd, keys, values, count: 3, elemFlags: 1 }))}`,
    `update of none: ${said(w.call('MAP_UPDATE_BATCH', { mapFd, keys, values, count: 0 }))}`,
    `lookup: ${found('MAP_LOOKUP_BATCH', 100)}`,
    `lookup of none: ${found('MAP_LOOKUP_BATCH', 0)}`,
    `lookup with flags: ${said(w.call('MAP_LOOKUP_BATCH', { mapFd, count: 100, flags: 1 }))}`,
    `lookup with flags for elements: ${said(w.call('MAP_LOOKUP_BATCH', { mapFd, count: 100, elemFlags: 1 }))}`,
    `delete of one: ${count(w.call('MAP_DELETE_BATCH', { mapFd, keys: keys.slice(0, keySize), count: 1 }))}`,
    `delete of what is gone: ${count(w.call('MAP_DELETE_BATCH', { mapFd, keys: keys.slice(0, keySize), count: 1 }))}`,
    `take: ${found('MAP_LOOKUP_AND_DELETE_BATCH', 100)}`,
    `take again: ${found('MAP_LOOKUP_AND_DELETE_BATCH', 100)}`,
  ];
}

/** A user may be kept from reading or writing by the descriptor. */
const access: readonly Case[] = PLAIN.flatMap((name) =>
  [8, 16].map((flag) => ({
    name: `${name}: a descriptor for ${flag === 8 ? 'reading' : 'writing'} only`,
    run: (w: World) => {
      const fd = w.map({ ...shape(name), flags: flag });
      const size = name.includes('percpu') ? CPUS * 8 : 8;
      return [
        w.update(fd, u32(0), bytes(size)),
        w.lookup(fd, u32(0)),
        w.remove(fd, u32(0)),
        w.next(fd, null),
        w.take(fd, u32(0)),
        said(w.call('MAP_LOOKUP_BATCH', { mapFd: fd, count: 1 })),
        said(w.call('MAP_UPDATE_BATCH', { mapFd: fd, keys: u32(0), values: bytes(size), count: 1 })),
        w.does('MAP_FREEZE', { mapFd: fd }),
      ];
    },
  })),
);

const fullness: readonly Case[] = ['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash'].flatMap((name) =>
  [0, 1].map((flags) => ({
    name: `${name}: more elements than fit, flags ${flags}`,
    run: (w: World) => {
      const made = w.call('MAP_CREATE', { ...shape(name), maxEntries: 3, flags });
      if (!made.ok) return [said(made)];
      const size = name.includes('percpu') ? CPUS * 8 : 8;
      const put = (n: number): string => w.update(made.fd, u32(n), bytes(size, n));
      return [put(1), put(2), put(3), put(4), put(2), put(5), w.remove(made.fd, u32(2)), put(6)];
    },
  })),
);

/** Values that stand for something else: descriptors, devices, processors. */
const meanings: readonly Case[] = SUBJECTS.filter((s) => s.size === 4).map((s) => ({
  name: `${s.name}: values that stand for something`,
  run: (w) => {
    const fd = s.open(w);
    const other = w.map(shape('array'));
    const prog = w.progFd(6);
    const numbers = FD_MAPS.includes(s.name) ? [5000, 0xfffffff] : NUMBERS;
    const values = [...numbers, other, prog, fd];
    return values.flatMap((v, i) => [
      `${i}: ${w.update(fd, u32(1), u32(v))}`,
      /^[0-9a-f]{8}$/.test(w.lookup(fd, u32(1))) ? 'a value' : w.lookup(fd, u32(1)),
      w.remove(fd, u32(1)),
    ]);
  },
}));

const queues: readonly Case[] = ['queue', 'stack', 'bloom_filter'].map((name) => ({
  name: `${name}: values go in and out`,
  run: (w) => {
    const fd = w.map(shape(name));
    const put = (n: number, flags = 0): string => w.update(fd, null, bytes(8, n), flags);
    const peek = (n: number): string => {
      const found = w.call('MAP_LOOKUP_ELEM', { mapFd: fd, key: null, value: bytes(8, n) });
      return found.ok ? hex(found.value) : said(found);
    };
    return [
      peek(1),
      put(1),
      put(2),
      peek(1),
      put(3),
      put(4),
      put(5, 2),
      put(6, 1),
      put(7, 3),
      peek(2),
      w.take(fd, null),
      w.take(fd, null),
      w.take(fd, null),
      w.take(fd, null),
    ];
  },
}));

export const ELEMENT_CASES: readonly Case[] = [
  ...SUBJECTS.flatMap(casesOf),
  ...access,
  ...fullness,
  ...meanings,
  ...queues,
];
