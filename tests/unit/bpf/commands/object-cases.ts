import { BPF_ATTACH_TYPE, BPF_PROG_TYPE, PROG_TYPE_NAMES } from '../../../../src-core/uapi/prog-types.ts';
import { shape } from './shapes.ts';
import { bytes, type Case, hex, said, u32, usesMap, type World } from './world.ts';

const NO_FD = 1000;
const XDP = BPF_PROG_TYPE.xdp;
const SOCKET_FILTER = BPF_PROG_TYPE.socket_filter;
const PIN = '/sys/fs/bpf/xlated_test';

const idOf = (w: World, fd: number): number => {
  const info = w.call('OBJ_GET_INFO_BY_FD', { fd });
  if (!info.ok) throw new Error(said(info));
  return info.info.id;
};

/** Every command with descriptors that are none, or of another kind. */
const descriptors: readonly Case[] = (
  [
    ['none', () => NO_FD],
    ['negative', () => -1],
    ['a program', (w) => w.progFd(XDP)],
  ] as readonly (readonly [string, (w: World) => number])[]
).map(([what, open]) => ({
  name: `commands on maps with a descriptor that is ${what}`,
  run: (w) => {
    const fd = open(w);
    return [
      w.lookup(fd, u32(0)),
      w.update(fd, u32(0), bytes(8)),
      w.remove(fd, u32(0)),
      w.next(fd, null),
      w.take(fd, u32(0)),
      w.does('MAP_FREEZE', { mapFd: fd }),
      said(w.call('MAP_LOOKUP_BATCH', { mapFd: fd, count: 1 })),
      said(w.call('MAP_UPDATE_BATCH', { mapFd: fd, count: 1, keys: u32(0), values: bytes(8) })),
      said(w.call('MAP_DELETE_BATCH', { mapFd: fd, count: 1, keys: u32(0) })),
      w.does('MAP_CREATE', { type: 12, keySize: 4, valueSize: 4, maxEntries: 1, innerMapFd: fd }),
      w.does('PROG_BIND_MAP', { progFd: w.progFd(XDP), mapFd: fd }),
    ];
  },
}));

const progDescriptors: readonly Case[] = [
  {
    name: 'commands on programs with a descriptor that is none or a map',
    run: (w) =>
      [NO_FD, w.map(shape('array'))].flatMap((fd) => [
        w.does('PROG_TEST_RUN', { progFd: fd, dataIn: bytes(14) }),
        w.does('PROG_BIND_MAP', { progFd: fd, mapFd: w.map(shape('array')) }),
      ]),
  },
  {
    name: 'binding a map to a program keeps it, once',
    run: (w) => {
      const prog = w.progFd(XDP);
      const map = w.map(shape('array'));
      const id = idOf(w, map);
      const bound = [
        w.does('PROG_BIND_MAP', { progFd: prog, mapFd: map }),
        w.does('PROG_BIND_MAP', { progFd: prog, mapFd: map }),
      ];
      const flags = w.does('PROG_BIND_MAP', { progFd: prog, mapFd: map, flags: 1 });
      w.close(map);
      return [...bound, flags, w.does('MAP_GET_FD_BY_ID', { id })];
    },
  },
];

const loads: readonly Case[] = [
  ...PROG_TYPE_NAMES.slice(0, 7).map(
    (name, type): Case => ({ name: `the smallest ${name} program`, run: (w) => [said(w.prog(type))] }),
  ),
  { name: 'a program of no instructions', run: (w) => [said(w.prog(XDP, { insns: new Uint8Array(0) }))] },
  {
    name: 'a program of a type that does not exist',
    run: (w) => [33, 34, 100, -1].map((t) => said(w.prog(t))),
  },
  {
    name: 'names of programs',
    run: (w) =>
      ['', 'a', 'fifteen_letters', 'sixteen_letters_', 'with space', 'a-b', 'a.b'].map((name) =>
        said(w.prog(XDP, { name })),
      ),
  },
  {
    name: 'a program that names a map by a descriptor that is none',
    run: (w) => [
      said(w.prog(XDP, { insns: usesMap(NO_FD) })),
      said(w.prog(XDP, { insns: usesMap(w.progFd(XDP)) })),
    ],
  },
  {
    name: 'a program with BTF that is none',
    run: (w) => [NO_FD, w.map(shape('array'))].map((btfFd) => said(w.prog(XDP, { btfFd }))),
  },
  {
    name: 'information on a program',
    run: (w) => {
      const map = w.map(shape('hash'));
      const fd = w.progFd(XDP, { insns: usesMap(map), name: 'informed', license: 'Dual MIT/GPL' });
      const info = w.call('OBJ_GET_INFO_BY_FD', { fd });
      if (!info.ok || info.info.kind !== 'prog') return [said(info)];
      const { type, name, tag, gplCompatible, mapIds, btfId, createdByUid, runCount, verifiedInsns } =
        info.info;
      return [
        JSON.stringify({ type, name, gplCompatible, btfId, createdByUid, runCount, verifiedInsns }),
        `tag ${tag}`,
        String(mapIds.length === 1 && mapIds[0] === idOf(w, map)),
      ];
    },
  },
  ...[
    'GPL',
    'GPL v2',
    'GPL and additional rights',
    'Dual BSD/GPL',
    'Dual MIT/GPL',
    'Dual MPL/GPL',
    'MIT',
    'Proprietary',
    '',
  ].map(
    (license): Case => ({
      name: `is the license "${license}" GPL?`,
      run: (w) => {
        const info = w.call('OBJ_GET_INFO_BY_FD', { fd: w.progFd(XDP, { license }) });
        return [info.ok && info.info.kind === 'prog' ? String(info.info.gplCompatible) : said(info)];
      },
    }),
  ),
];

const lives: readonly Case[] = [
  {
    name: 'a map lives as long as a program that uses it',
    run: (w) => {
      const map = w.map(shape('array'));
      const id = idOf(w, map);
      const prog = w.progFd(XDP, { insns: usesMap(map) });
      w.close(map);
      const while_ = w.does('MAP_GET_FD_BY_ID', { id });
      const again = w.call('MAP_GET_FD_BY_ID', { id });
      if (again.ok) w.close(again.fd);
      return [while_, said(again), String(prog > 0)];
    },
  },
  {
    name: "the map that takes a closed one's descriptor is another map",
    run: (w) => {
      const first = w.map(shape('array'));
      const id = idOf(w, first);
      const prog = w.progFd(SOCKET_FILTER, { insns: usesMap(first) });
      w.close(first);
      const second = w.map(shape('array'));
      const info = w.call('OBJ_GET_INFO_BY_FD', { fd: prog });
      const kept = info.ok && info.info.kind === 'prog' && info.info.mapIds[0] === id;
      return [String(second === first), String(idOf(w, second) !== id), String(kept)];
    },
  },
  {
    name: 'a prog array holds programs',
    run: (w) => {
      const array = w.map(shape('prog_array'));
      const prog = w.progFd(XDP);
      const id = idOf(w, prog);
      const put = w.update(array, u32(1), u32(prog));
      w.close(prog);
      const alive = w.call('PROG_GET_FD_BY_ID', { id });
      if (alive.ok) w.close(alive.fd);
      const found = w.lookup(array, u32(1));
      const removed = w.remove(array, u32(1));
      return [
        put,
        said(alive),
        String(found === hex(u32(id))),
        removed,
        w.lookup(array, u32(1)),
        w.remove(array, u32(1)),
      ];
    },
  },
  {
    name: 'a prog array lets go of its programs when no process has it',
    run: (w) => {
      const array = w.map(shape('prog_array'));
      const callee = w.progFd(XDP);
      const id = idOf(w, callee);
      // The program refers to the array, and the array to the program.
      const caller = w.progFd(XDP, { insns: usesMap(array) });
      const callerId = idOf(w, caller);
      w.update(array, u32(0), u32(callee));
      w.update(array, u32(1), u32(caller));
      w.close(callee);
      w.close(caller);
      w.close(array);
      w.settle();
      return [w.does('PROG_GET_FD_BY_ID', { id }), w.does('PROG_GET_FD_BY_ID', { id: callerId })];
    },
  },
  {
    name: 'a prog array takes programs of one kind',
    run: (w) => {
      const array = w.map(shape('prog_array'));
      const put = (fd: number): string => w.update(array, u32(0), u32(fd));
      return [
        put(w.progFd(XDP)),
        put(w.progFd(SOCKET_FILTER)),
        put(w.progFd(XDP, { flags: 32 })),
        put(w.progFd(XDP, { expectedAttachType: BPF_ATTACH_TYPE.xdp })),
        put(w.map(shape('array'))),
        put(NO_FD),
        put(0x77777777),
      ];
    },
  },
  {
    name: 'a program that uses a prog array must be of its kind',
    run: (w) => {
      const array = w.map(shape('prog_array'));
      w.update(array, u32(0), u32(w.progFd(XDP)));
      const other = said(w.prog(SOCKET_FILTER, { insns: usesMap(array) }));
      return [other, said(w.prog(XDP, { insns: usesMap(array) }))];
    },
  },
  {
    name: 'flags and indices of a prog array',
    run: (w) => {
      const array = w.map(shape('prog_array'));
      const prog = u32(w.progFd(XDP));
      return [0, 1, 2, 4]
        .map((f) => w.update(array, u32(0), prog, f))
        .concat([3, 4, 5].map((i) => w.update(array, u32(i), prog)));
    },
  },
];

const innerKinds = [
  'hash',
  'array',
  'percpu_hash',
  'percpu_array',
  'lru_hash',
  'lpm_trie',
  'prog_array',
  'perf_event_array',
  'stack_trace',
  'cgroup_array',
  'queue',
  'stack',
  'ringbuf',
  'bloom_filter',
  'devmap',
  'devmap_hash',
  'cpumap',
  'xskmap',
  'sockmap',
  'sockhash',
  'reuseport_sockarray',
  'cgroup_storage',
  'user_ringbuf',
  'arena',
];

const outer = (w: World, type: 12 | 13, innerMapFd: number, flags = 0): number =>
  w.map({ type, keySize: 4, valueSize: 4, maxEntries: 4, innerMapFd, flags });

const mapsOfMaps: readonly Case[] = [
  ...innerKinds.map(
    (name): Case => ({
      name: `maps of maps of ${name}`,
      run: (w) => {
        const innerMapFd = w.map(shape(name));
        return [12, 13].map((type) =>
          w.does('MAP_CREATE', { type, keySize: 4, valueSize: 4, maxEntries: 4, innerMapFd }),
        );
      },
    }),
  ),
  ...([12, 13] as const).flatMap((type): Case[] => [
    {
      name: `type ${type}: inner maps must be like the template`,
      run: (w) => {
        const fd = outer(w, type, w.map(shape('array')));
        const put = (inner: number): string => w.update(fd, u32(1), u32(inner));
        return [
          put(w.map(shape('array'))),
          put(w.map({ ...shape('array'), valueSize: 16 })),
          put(w.map({ ...shape('array'), maxEntries: 5 })),
          put(w.map({ ...shape('array'), flags: 128 })),
          put(w.map(shape('hash'))),
          put(w.progFd(XDP)),
          put(NO_FD),
        ];
      },
    },
    {
      name: `type ${type}: sizes of inner hashes and flexible arrays may differ`,
      run: (w) => {
        const hashes = outer(w, type, w.map(shape('hash')));
        const flexible = outer(w, type, w.map({ ...shape('array'), flags: 4096 }));
        return [
          w.update(hashes, u32(0), u32(w.map({ ...shape('hash'), maxEntries: 99 }))),
          w.update(flexible, u32(0), u32(w.map({ ...shape('array'), flags: 4096, maxEntries: 99 }))),
          w.update(flexible, u32(0), u32(w.map({ ...shape('array'), maxEntries: 4 }))),
        ];
      },
    },
    {
      name: `type ${type}: lookup gives the inner map's id, and it lives there`,
      run: (w) => {
        const fd = outer(w, type, w.map(shape('array')));
        const inner = w.map(shape('array'));
        const id = idOf(w, inner);
        w.update(fd, u32(2), u32(inner));
        w.close(inner);
        const found = w.lookup(fd, u32(2)) === hex(u32(id));
        const again = w.call('MAP_GET_FD_BY_ID', { id });
        if (again.ok) w.close(again.fd);
        const gone = w.remove(fd, u32(2));
        return [
          String(found),
          said(again),
          gone,
          w.lookup(fd, u32(2)),
          w.remove(fd, u32(2)),
          w.lookup(fd, u32(0)),
        ];
      },
    },
    {
      name: `type ${type}: flags of updates`,
      run: (w) => {
        const fd = outer(w, type, w.map(shape('array')));
        const inner = u32(w.map(shape('array')));
        return [0, 1, 2, 3, 4].flatMap((f) => [
          w.update(fd, u32(f), inner, f),
          w.update(fd, u32(f), inner, f),
        ]);
      },
    },
    {
      name: `type ${type}: a map of maps of maps`,
      run: (w) => [
        w.does('MAP_CREATE', {
          type,
          keySize: 4,
          valueSize: 4,
          maxEntries: 1,
          innerMapFd: outer(w, 12, w.map(shape('array'))),
        }),
      ],
    },
    {
      name: `type ${type}: value sizes`,
      run: (w) =>
        [0, 4, 8].map((valueSize) =>
          w.does('MAP_CREATE', {
            type,
            keySize: 4,
            valueSize,
            maxEntries: 1,
            innerMapFd: w.map(shape('array')),
          }),
        ),
    },
  ]),
];

const ids: readonly Case[] = [
  {
    name: 'ids that nobody has',
    run: (w) => [
      w.does('PROG_GET_FD_BY_ID', { id: 0x7ffffff0 }),
      w.does('MAP_GET_FD_BY_ID', { id: 0x7ffffff0 }),
      w.does('BTF_GET_FD_BY_ID', { id: 0x7ffffff0 }),
      w.does('PROG_GET_NEXT_ID', { startId: 0x7ffffff0 }),
      w.does('MAP_GET_NEXT_ID', { startId: 0x7fffffff }),
      w.does('MAP_GET_NEXT_ID', { startId: 0xffffffff }),
    ],
  },
  {
    name: 'ids count up and are found one after the other',
    run: (w) => {
      const first = idOf(w, w.map(shape('array')));
      const second = idOf(w, w.map(shape('array')));
      const next = w.call('MAP_GET_NEXT_ID', { startId: first });
      return [String(second > first), String(next.ok && next.nextId === second)];
    },
  },
  ...[0, 8, 16, 24, 1, 128].map(
    (openFlags): Case => ({
      name: `a map by its id with flags ${openFlags}`,
      run: (w) => {
        const id = idOf(w, w.map(shape('array')));
        const made = w.call('MAP_GET_FD_BY_ID', { id, openFlags });
        if (!made.ok) return [said(made)];
        return [w.update(made.fd, u32(0), bytes(8)), w.lookup(made.fd, u32(0))];
      },
    }),
  ),
];

const pins: readonly Case[] = [
  {
    name: 'a pin keeps a map, and gives it again',
    run: (w) => {
      const map = w.map(shape('array'));
      const id = idOf(w, map);
      const path = `${PIN}_map`;
      const steps = [w.does('OBJ_PIN', { path, fd: map }), w.does('OBJ_PIN', { path, fd: map })];
      w.update(map, u32(1), bytes(8, 5));
      w.close(map);
      const got = w.call('OBJ_GET', { path });
      const same = got.ok && idOf(w, got.fd) === id ? w.lookup(got.fd, u32(1)) : said(got);
      w.unlink(path);
      return [...steps, same, w.does('OBJ_GET', { path })];
    },
  },
  {
    name: 'a pinned program can be had again, without flags',
    run: (w) => {
      const path = `${PIN}_prog`;
      const steps = [w.does('OBJ_PIN', { path, fd: w.progFd(XDP) })];
      const got = [0, 8, 16].map((fileFlags) => w.does('OBJ_GET', { path, fileFlags }));
      w.unlink(path);
      return [...steps, ...got];
    },
  },
  {
    name: 'a pinned map for reading only',
    run: (w) => {
      const path = `${PIN}_ro`;
      w.does('OBJ_PIN', { path, fd: w.map(shape('array')) });
      const got = w.call('OBJ_GET', { path, fileFlags: 8 });
      const steps = got.ok ? [w.update(got.fd, u32(0), bytes(8)), w.lookup(got.fd, u32(0))] : [said(got)];
      const both = w.does('OBJ_GET', { path, fileFlags: 24 });
      w.unlink(path);
      return [...steps, both];
    },
  },
  {
    name: 'what cannot be pinned, and where nothing can',
    run: (w) => {
      const fd = w.map(shape('array'));
      return [
        w.does('OBJ_PIN', { path: `${PIN}_none`, fd: NO_FD }),
        w.does('OBJ_PIN', { path: '/sys/fs/bpf/no/such/folder', fd }),
        w.does('OBJ_PIN', { path: '/sys/fs/bpf/with.dot', fd }),
        w.does('OBJ_PIN', { path: '/tmp/xlated_test_pin', fd }),
        w.does('OBJ_PIN', { path: `${PIN}_flags`, fd, fileFlags: 1 }),
        w.does('OBJ_GET', { path: `${PIN}_absent` }),
        w.does('OBJ_GET', { path: `${PIN}_absent`, fileFlags: 1 }),
      ];
    },
  },
];

const frame = (size: number): Uint8Array => {
  const data = new Uint8Array(size).map((_, i) => i);
  if (size >= 14) data.set([0x12, 0x34], 12);
  return data;
};
const RUNNABLE = [1, 3, 4, 6, 8] as const;
const testRuns: readonly Case[] = [
  ...RUNNABLE.flatMap((type): Case[] => [
    {
      name: `test run of type ${type}: lengths of the packet`,
      run: (w) => {
        const progFd = w.progFd(type);
        return [0, 1, 13, 14, 15, 60, 1500].map((n) => {
          const run = w.call('PROG_TEST_RUN', { progFd, dataIn: frame(n) });
          return `${n}: ${run.ok ? `${run.retval} ${run.dataOut.length}` : said(run)}`;
        });
      },
    },
    {
      name: `test run of type ${type}: room for the packet`,
      run: (w) => {
        const progFd = w.progFd(type);
        return [10, 63, 64, 65].map((dataSizeOut) => {
          const run = w.call('PROG_TEST_RUN', { progFd, dataIn: frame(64), dataSizeOut });
          return `${dataSizeOut}: ${said(run)} ${run.ok ? run.dataOut.length : ''}`;
        });
      },
    },
    {
      name: `test run of type ${type}: sizes of the context`,
      run: (w) => {
        const progFd = w.progFd(type);
        // Four bytes of an XDP context would ask for a frame of several buffers.
        return [0, ...(type === 6 ? [] : [4]), 24, 28, 64, 192, 196, 256].map((n) => {
          const ctxIn = new Uint8Array(n);
          // An XDP context must name the packet's end.
          if (type === 6 && n >= 8) ctxIn.set(u32(64), 4);
          return `${n}: ${w.does('PROG_TEST_RUN', { progFd, dataIn: frame(64), ctxIn })}`;
        });
      },
    },
    {
      name: `test run of type ${type}: a context too large for the kernel`,
      run: (w) => {
        const progFd = w.progFd(type);
        return [1, 200].map((last) => {
          const ctxIn = new Uint8Array(256);
          if (type === 6) ctxIn.set(u32(64), 4);
          ctxIn[255] = last;
          return w.does('PROG_TEST_RUN', { progFd, dataIn: frame(64), ctxIn });
        });
      },
    },
    {
      name: `test run of type ${type}: flags, processor, batch`,
      run: (w) => {
        const progFd = w.progFd(type);
        const dataIn = frame(64);
        return [
          ...[1, 4, 8, 16].map(
            (flags) => `flags ${flags}: ${w.does('PROG_TEST_RUN', { progFd, dataIn, flags })}`,
          ),
          ...[1, 99].map((cpu) => `cpu ${cpu}: ${w.does('PROG_TEST_RUN', { progFd, dataIn, cpu })}`),
          `batch: ${w.does('PROG_TEST_RUN', { progFd, dataIn, batchSize: 4 })}`,
        ];
      },
    },
  ]),
  ...[2, 5, 7].map(
    (type): Case => ({
      name: `test run of type ${type}, which has none`,
      run: (w) => [w.does('PROG_TEST_RUN', { progFd: w.progFd(type), dataIn: frame(64) })],
    }),
  ),
];

/** r0 = 2 (XDP_PASS); exit. */
const PASS = Uint8Array.from([0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
/** r0 = -1 (TCX_NEXT); exit. */
const NEXT = Uint8Array.from([0xb7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x95, 0, 0, 0, 0, 0, 0, 0]);
const LO = 1;
const NO_DEVICE = 9999;
const xdpProg = (w: World): number => w.progFd(XDP, { insns: PASS });
const tcProg = (w: World): number => w.progFd(BPF_PROG_TYPE.sched_cls, { insns: NEXT });
const { xdp: AT_XDP, tcx_ingress: AT_TCX, tcx_egress: AT_EGRESS } = BPF_ATTACH_TYPE;

const links: readonly Case[] = [
  {
    name: 'a device takes one XDP program by a link',
    run: (w) => {
      const link = (fd: number): string =>
        w.does('LINK_CREATE', { progFd: fd, attachType: AT_XDP, targetIfindex: LO });
      return [link(xdpProg(w)), link(xdpProg(w)), link(tcProg(w))];
    },
  },
  {
    name: 'a device takes many tcx programs',
    run: (w) =>
      [AT_TCX, AT_TCX, AT_EGRESS].map((attachType) =>
        w.does('LINK_CREATE', { progFd: tcProg(w), attachType, targetIfindex: LO }),
      ),
  },
  {
    name: 'links to devices that are not there, and of other programs',
    run: (w) => [
      w.does('LINK_CREATE', { progFd: xdpProg(w), attachType: AT_XDP, targetIfindex: NO_DEVICE }),
      w.does('LINK_CREATE', { progFd: tcProg(w), attachType: AT_TCX, targetIfindex: NO_DEVICE }),
      w.does('LINK_CREATE', { progFd: xdpProg(w), attachType: AT_TCX, targetIfindex: LO }),
      w.does('LINK_CREATE', { progFd: NO_FD, attachType: AT_XDP, targetIfindex: LO }),
      w.does('LINK_CREATE', { progFd: w.map(shape('array')), attachType: AT_XDP, targetIfindex: LO }),
      w.does('LINK_CREATE', { progFd: tcProg(w), attachType: AT_TCX, targetIfindex: LO, flags: 128 }),
    ],
  },
  {
    name: 'a link keeps its program, and goes with its last descriptor',
    run: (w) => {
      const prog = xdpProg(w);
      const progId = idOf(w, prog);
      const made = w.call('LINK_CREATE', { progFd: prog, attachType: AT_XDP, targetIfindex: LO });
      if (!made.ok) return [said(made)];
      w.close(prog);
      const info = w.call('OBJ_GET_INFO_BY_FD', { fd: made.fd });
      if (!info.ok || info.info.kind !== 'link') return ['no information on the link'];
      const { type, id } = info.info;
      const alive = w.does('PROG_GET_FD_BY_ID', { id: progId });
      const again = w.call('LINK_GET_FD_BY_ID', { id });
      if (again.ok) w.close(again.fd);
      w.close(made.fd);
      w.settle();
      return [
        String(type),
        String(info.info.progId === progId),
        alive,
        said(again),
        w.does('LINK_GET_FD_BY_ID', { id }),
      ];
    },
  },
  {
    name: 'a link is detached and stays',
    run: (w) => {
      const made = w.call('LINK_CREATE', { progFd: xdpProg(w), attachType: AT_XDP, targetIfindex: LO });
      if (!made.ok) return [said(made)];
      const linkFd = made.fd;
      const detached = w.does('LINK_DETACH', { linkFd });
      const other = w.does('LINK_CREATE', { progFd: xdpProg(w), attachType: AT_XDP, targetIfindex: LO });
      return [detached, other, w.does('LINK_UPDATE', { linkFd, newProgFd: xdpProg(w) })];
    },
  },
  {
    name: 'a link takes another program',
    run: (w) => {
      const [first, second] = [xdpProg(w), xdpProg(w)];
      const made = w.call('LINK_CREATE', { progFd: first, attachType: AT_XDP, targetIfindex: LO });
      if (!made.ok) return [said(made)];
      const linkFd = made.fd;
      const becomes = (): string => {
        const info = w.call('OBJ_GET_INFO_BY_FD', { fd: linkFd });
        return String(info.ok && info.info.kind === 'link' && info.info.progId === idOf(w, second));
      };
      return [
        w.does('LINK_UPDATE', { linkFd, newProgFd: second, oldProgFd: second }),
        w.does('LINK_UPDATE', { linkFd, newProgFd: second, oldProgFd: first }),
        becomes(),
        w.does('LINK_UPDATE', { linkFd, newProgFd: tcProg(w) }),
        w.does('LINK_UPDATE', { linkFd, newProgFd: NO_FD }),
        w.does('LINK_UPDATE', { linkFd: NO_FD, newProgFd: second }),
        w.does('LINK_UPDATE', { linkFd: second, newProgFd: second }),
        w.does('LINK_DETACH', { linkFd: second }),
      ];
    },
  },
  {
    name: 'raw tracepoints by name',
    run: (w) => {
      const raw = (): number => w.progFd(BPF_PROG_TYPE.raw_tracepoint);
      const open = (progFd: number, name: string | null): string =>
        w.does('RAW_TRACEPOINT_OPEN', { progFd, name });
      const made = w.call('RAW_TRACEPOINT_OPEN', { progFd: raw(), name: 'sys_enter' });
      const linkFd = made.ok ? made.fd : NO_FD;
      return [
        said(made),
        w.does('LINK_DETACH', { linkFd }),
        w.does('LINK_UPDATE', { linkFd, newProgFd: raw() }),
        open(raw(), 'no_such_tracepoint'),
        open(xdpProg(w), 'sys_enter'),
        open(NO_FD, 'sys_enter'),
      ];
    },
  },
];

/** A BTF blob with an int, changed here and there. */
function btf(change: (view: DataView) => void = () => {}): Uint8Array {
  const out = new Uint8Array(24 + 16 + 5);
  const view = new DataView(out.buffer);
  view.setUint16(0, 0xeb9f, true);
  view.setUint8(2, 1);
  view.setUint32(4, 24, true);
  view.setUint32(12, 16, true);
  view.setUint32(16, 16, true);
  view.setUint32(20, 5, true);
  view.setUint32(24, 1, true);
  view.setUint32(28, 1 << 24, true);
  view.setUint32(32, 4, true);
  view.setUint32(36, 32 | (1 << 24), true);
  out.set([0x69, 0x6e, 0x74], 41);
  change(view);
  return out;
}
const BTF_CHANGES: readonly (readonly [string, (view: DataView) => void])[] = [
  ['as it should be', () => {}],
  ['with another magic', (v) => v.setUint16(0, 0xeb9e, true)],
  ['of version 2', (v) => v.setUint8(2, 2)],
  ['with a flag', (v) => v.setUint8(3, 1)],
  ['with a short header', (v) => v.setUint32(4, 20, true)],
  ['with a header behind its end', (v) => v.setUint32(4, 1000, true)],
  ['with types behind the strings', (v) => v.setUint32(8, 40, true)],
  ['with strings behind the end', (v) => v.setUint32(20, 500, true)],
  ['without strings', (v) => v.setUint32(20, 0, true)],
  ['whose last string does not end', (v) => v.setUint8(44, 1)],
];
const btfs: readonly Case[] = [
  ...BTF_CHANGES.map(
    ([what, change]): Case => ({
      name: `BTF ${what}`,
      run: (w) => [w.does('BTF_LOAD', { btf: btf(change) })],
    }),
  ),
  {
    name: 'no BTF at all',
    run: (w) => [0, 8, 23, 24].map((n) => w.does('BTF_LOAD', { btf: btf().slice(0, n) })),
  },
  {
    name: 'a map lives with its BTF',
    run: (w) => {
      const made = w.call('BTF_LOAD', { btf: btf() });
      if (!made.ok) return [said(made)];
      const id = idOf(w, made.fd);
      const typed = { btfFd: made.fd, btfKeyTypeId: 1, btfValueTypeId: 1 };
      const steps = (
        [
          'hash',
          'array',
          'lru_hash',
          'queue',
          'ringbuf',
          'prog_array',
          'cgroup_array',
          'devmap',
          'lpm_trie',
        ] as const
      ).map(
        (name) =>
          `${name}: ${w.does('MAP_CREATE', { ...shape(name), ...(name === 'ringbuf' ? {} : { valueSize: 4 }), ...typed })}`,
      );
      const map = w.map({ ...shape('array'), valueSize: 4, ...typed });
      w.close(made.fd);
      const alive = w.does('BTF_GET_FD_BY_ID', { id });
      const info = w.call('OBJ_GET_INFO_BY_FD', { fd: map });
      const names = info.ok && info.info.kind === 'map' && info.info.btfId === id;
      return [...steps, alive, String(names)];
    },
  },
  {
    name: 'sizes of key and value that are not those of their types',
    run: (w) => {
      const made = w.call('BTF_LOAD', { btf: btf() });
      if (!made.ok) return [said(made)];
      const typed = { btfFd: made.fd, btfKeyTypeId: 1, btfValueTypeId: 1 };
      return [
        w.does('MAP_CREATE', { ...shape('hash'), valueSize: 8, ...typed }),
        w.does('MAP_CREATE', { ...shape('hash'), keySize: 8, valueSize: 4, ...typed }),
        w.does('MAP_CREATE', { ...shape('hash'), valueSize: 4, ...typed, btfValueTypeId: 2 }),
        w.does('MAP_CREATE', { ...shape('hash'), valueSize: 4, ...typed, btfKeyTypeId: 0 }),
        w.does('MAP_CREATE', { ...shape('array'), valueSize: 4, ...typed, btfKeyTypeId: 0 }),
      ];
    },
  },
];

export const OBJECT_CASES: readonly Case[] = [
  ...descriptors,
  ...progDescriptors,
  ...loads,
  ...lives,
  ...mapsOfMaps,
  ...ids,
  ...pins,
  ...testRuns,
  ...links,
  ...btfs,
];
