import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, unlinkSync } from 'node:fs';
import { cpus } from 'node:os';
import type {
  BatchAttr,
  BatchOut,
  Bpf,
  CommandName,
  Commands,
  ElemAttr,
  MapCreateAttr,
  ObjectInfo,
  ProgLoadAttr,
  ProgLoadOut,
  Result,
  TestRunAttr,
  TestRunOut,
} from '../../src-core/bpf/api.ts';
import { Btf } from '../../src-core/btf/btf.ts';
import { BPF_CMD } from '../../src-core/uapi/bpf.ts';
import { Attr, Block, bpf, closeFd } from './syscall.ts';

type Encode<C extends CommandName> = (attr: Commands[C]['attr']) => Result<Commands[C]['out']>;

const refused = (result: number): { readonly ok: false; readonly errno: number } => ({
  ok: false,
  errno: -result,
});
const plain = (result: number): Result<Readonly<Record<never, never>>> =>
  result < 0 ? refused(result) : { ok: true };
const fdOf = (result: number): Result<{ readonly fd: number }> =>
  result < 0 ? refused(result) : { ok: true, fd: result };

const PER_CPU: readonly number[] = [5, 6, 10, 21];
const FD_MAPS: readonly number[] = [3, 4, 8, 12, 13];
const MAX_VALUE = 1 << 20;

interface Shape {
  readonly keySize: number;
  readonly valueSize: number;
}

/** Sizes of the keys and values that the system call moves for a descriptor; large ones where it is no map. */
function shapeOf(fd: number): Shape {
  const info = new Block(128);
  const result = bpf(BPF_CMD.OBJ_GET_INFO_BY_FD, new Attr(16).u32(0, fd).u32(4, 88).ptr(8, info));
  if (result < 0 || kindOf(fd) !== 'map') return { keySize: 64, valueSize: 64 };
  const [type, keySize, valueSize] = [0, 8, 12].map((at) => info.bytes.readUInt32LE(at));
  const rounded = Math.ceil(valueSize / 8) * 8;
  const moved = PER_CPU.includes(type) ? rounded * cpus().length : FD_MAPS.includes(type) ? 4 : valueSize;
  return { keySize, valueSize: Math.min(moved, MAX_VALUE) };
}

function mapCreate(m: MapCreateAttr): Result<{ readonly fd: number }> {
  const attr = new Attr(80)
    .u32(0, m.type)
    .u32(4, m.keySize)
    .u32(8, m.valueSize)
    .u32(12, m.maxEntries)
    .u32(16, m.flags ?? 0)
    .u32(20, m.innerMapFd ?? 0)
    .u32(24, m.numaNode ?? 0)
    .rawName(28, m.name ?? '')
    .u32(48, m.btfFd ?? 0)
    .u32(52, m.btfKeyTypeId ?? 0)
    .u32(56, m.btfValueTypeId ?? 0)
    .u32(60, m.btfVmlinuxValueTypeId ?? 0)
    .u32(64, m.mapExtra ?? 0)
    .u32(68, m.mapExtraHi ?? 0);
  return fdOf(bpf(BPF_CMD.MAP_CREATE, attr));
}

const elem = (attr: ElemAttr, value: Block | null): Attr =>
  new Attr(32)
    .u32(0, attr.mapFd)
    .ptr(8, attr.key === null ? null : new Block(attr.key))
    .ptr(16, value)
    .u64(24, BigInt(attr.flags ?? 0));

function withValue(
  cmd: number,
  attr: ElemAttr & { readonly value?: Uint8Array },
): Result<{ readonly value: Uint8Array }> {
  const value = new Block(attr.value ?? shapeOf(attr.mapFd).valueSize);
  const result = bpf(cmd, elem(attr, value));
  return result < 0 ? refused(result) : { ok: true, value: new Uint8Array(value.bytes) };
}

function getNextKey(attr: ElemAttr): Result<{ readonly nextKey: Uint8Array }> {
  const next = new Block(shapeOf(attr.mapFd).keySize);
  const result = bpf(BPF_CMD.MAP_GET_NEXT_KEY, elem(attr, next));
  return result < 0 ? refused(result) : { ok: true, nextKey: new Uint8Array(next.bytes) };
}

interface Batch {
  readonly result: number;
  readonly out: BatchOut;
}

function batch(cmd: number, attr: BatchAttr, takes: boolean): Batch {
  const { keySize, valueSize } = shapeOf(attr.mapFd);
  const outBatch = new Block(Math.max(4, keySize));
  const keys = takes ? new Block(attr.keys ?? 0) : new Block(keySize * attr.count);
  const values = takes ? new Block(attr.values ?? 0) : new Block(valueSize * attr.count);
  const call = new Attr(56)
    .ptr(0, attr.inBatch === undefined || attr.inBatch === null ? null : new Block(attr.inBatch))
    .ptr(8, outBatch)
    .ptr(16, keys)
    .ptr(24, values)
    .u32(32, attr.count)
    .u32(36, attr.mapFd)
    .u64(40, BigInt(attr.elemFlags ?? 0))
    .u64(48, BigInt(attr.flags ?? 0));
  const result = bpf(cmd, call);
  const count = call.block.bytes.readUInt32LE(32);
  const out = {
    count,
    outBatch: new Uint8Array(outBatch.bytes),
    keys: new Uint8Array(keys.bytes.subarray(0, count * keySize)),
    values: new Uint8Array(values.bytes.subarray(0, count * valueSize)),
  };
  return { result, out };
}

function harvest(cmd: number, attr: BatchAttr): Result<BatchOut> {
  const { result, out } = batch(cmd, attr, false);
  return result < 0 ? { ...refused(result), partial: out } : { ok: true, ...out };
}
function counted(cmd: number, attr: BatchAttr): Result<{ readonly count: number }> {
  const { result, out } = batch(cmd, attr, true);
  const { count } = out;
  return result < 0 ? { ...refused(result), partial: { count } } : { ok: true, count };
}

function progLoad(p: ProgLoadAttr): Result<ProgLoadOut> {
  const level = p.logLevel ?? 0;
  const log = new Block(level > 0 ? 16 << 20 : 0);
  const attr = new Attr(152)
    .u32(0, p.type)
    .u32(4, p.insns.length / 8)
    .ptr(8, new Block(p.insns))
    .ptr(16, new Block(Buffer.from(`${p.license}\0`)))
    .u32(24, level)
    .u32(28, log.bytes.length)
    .ptr(32, level > 0 ? log : null)
    .u32(40, p.kernVersion ?? 0)
    .u32(44, p.flags)
    .rawName(48, p.name)
    .u32(68, p.expectedAttachType)
    .u32(72, p.btfFd ?? 0)
    .u32(108, p.attachBtfId);
  if (p.funcInfo.length > 0)
    attr
      .u32(76, 8)
      .ptr(80, new Block(p.funcInfo))
      .u32(88, p.funcInfo.length / 8);
  if (p.lineInfo.length > 0)
    attr
      .u32(92, 16)
      .ptr(96, new Block(p.lineInfo))
      .u32(104, p.lineInfo.length / 16);
  const fd = bpf(BPF_CMD.PROG_LOAD, attr);
  const end = log.bytes.indexOf(0);
  const text = log.bytes.toString('latin1', 0, end < 0 ? log.bytes.length : end);
  if (fd < 0) return { ...refused(fd), partial: { log: text, verdict: null } };
  return { ok: true, fd, log: text, verdict: null };
}

function testRun(t: TestRunAttr): Result<TestRunOut> {
  const dataIn = t.dataIn ?? new Uint8Array(0);
  const ctxIn = t.ctxIn ?? new Uint8Array(0);
  const dataOut = new Block(t.dataSizeOut ?? (dataIn.length > 0 ? dataIn.length + 4096 : 0));
  const ctxOut = new Block(t.ctxSizeOut ?? ctxIn.length);
  const attr = new Attr(80)
    .u32(0, t.progFd)
    .u32(8, dataIn.length)
    .u32(12, dataOut.bytes.length)
    .ptr(16, dataIn.length > 0 ? new Block(dataIn) : null)
    .ptr(24, dataOut.bytes.length > 0 ? dataOut : null)
    .u32(32, t.repeat ?? 0)
    .u32(40, ctxIn.length)
    .u32(44, ctxOut.bytes.length)
    .ptr(48, ctxIn.length > 0 ? new Block(ctxIn) : null)
    .ptr(56, ctxOut.bytes.length > 0 ? ctxOut : null)
    .u32(64, t.flags ?? 0)
    .u32(68, t.cpu ?? 0)
    .u32(72, t.batchSize ?? 0);
  const result = bpf(BPF_CMD.PROG_TEST_RUN, attr);
  const out = attr.block.bytes;
  const answer = {
    retval: out.readUInt32LE(4),
    durationNs: out.readUInt32LE(36),
    dataOut: new Uint8Array(dataOut.bytes.subarray(0, out.readUInt32LE(12))),
    ctxOut: new Uint8Array(ctxOut.bytes.subarray(0, out.readUInt32LE(44))),
  };
  return result < 0 ? { ...refused(result), partial: answer } : { ok: true, ...answer };
}

const text = (bytes: Buffer): string => bytes.toString('latin1').replace(/\0.*$/s, '');

function progInfo(info: Buffer, mapIds: readonly number[]): ObjectInfo {
  return {
    kind: 'prog',
    type: info.readUInt32LE(0),
    id: info.readUInt32LE(4),
    tag: info.toString('hex', 8, 16),
    jitedLen: info.readUInt32LE(16),
    xlatedLen: info.readUInt32LE(20),
    loadTime: Number(info.readBigUInt64LE(40)),
    createdByUid: info.readUInt32LE(48),
    mapIds,
    name: text(info.subarray(64, 80)),
    gplCompatible: (info.readUInt32LE(84) & 1) === 1,
    btfId: info.readUInt32LE(128),
    runTimeNs: Number(info.readBigUInt64LE(192)),
    runCount: Number(info.readBigUInt64LE(200)),
    verifiedInsns: info.readUInt32LE(216),
    attachBtfId: info.readUInt32LE(224),
  };
}

function infoOnce(
  fd: number,
  fill: (info: Buffer) => void,
): { readonly result: number; readonly info: Block } {
  const info = new Block(256);
  fill(info.bytes);
  const attr = new Attr(16).u32(0, fd).u32(4, 232).ptr(8, info);
  return { result: bpf(BPF_CMD.OBJ_GET_INFO_BY_FD, attr), info };
}

/** What kind of object a descriptor stands for, by its name in /proc. */
function kindOf(fd: number): ObjectInfo['kind'] {
  const target = readlinkSync(`/proc/self/fd/${fd}`);
  if (/bpf[-_]link/.test(target)) return 'link';
  return target.includes('bpf-prog') ? 'prog' : target.includes('bpf-map') ? 'map' : 'btf';
}

function getInfo({ fd }: { readonly fd: number }): Result<{ readonly info: ObjectInfo }> {
  const { result, info } = infoOnce(fd, () => {});
  if (result < 0) return refused(result);
  const { bytes } = info;
  switch (kindOf(fd)) {
    case 'prog': {
      const ids = new Block(4 * bytes.readUInt32LE(52));
      const again = infoOnce(fd, (b) => {
        b.writeUInt32LE(bytes.readUInt32LE(52), 52);
        b.writeBigUInt64LE(ids.address, 56);
      });
      const mapIds = Array.from({ length: ids.bytes.length / 4 }, (_, i) => ids.bytes.readUInt32LE(i * 4));
      return { ok: true, info: progInfo(again.info.bytes, mapIds) };
    }
    case 'map':
      return { ok: true, info: mapInfo(bytes) };
    case 'link': {
      const [type, id, progId] = [0, 4, 8].map((at) => bytes.readUInt32LE(at));
      return { ok: true, info: { kind: 'link', type, id, progId } };
    }
    default:
      return {
        ok: true,
        info: {
          kind: 'btf',
          size: bytes.readUInt32LE(8),
          id: bytes.readUInt32LE(12),
          name: '',
          kernelBtf: bytes.readUInt32LE(28) !== 0,
        },
      };
  }
}

function mapInfo(info: Buffer): ObjectInfo {
  const [type, id, keySize, valueSize, maxEntries, flags] = [0, 4, 8, 12, 16, 20].map((at) =>
    info.readUInt32LE(at),
  );
  const [btfId, btfKeyTypeId, btfValueTypeId] = [64, 68, 72].map((at) => info.readUInt32LE(at));
  const name = text(info.subarray(24, 40));
  const mapExtra = Number(info.readBigUInt64LE(80));
  return {
    kind: 'map',
    type,
    id,
    keySize,
    valueSize,
    maxEntries,
    flags,
    name,
    btfId,
    btfKeyTypeId,
    btfValueTypeId,
    mapExtra,
  };
}

const path = (name: string): Block => new Block(Buffer.from(`${name}\0`));
const byId = (cmd: number, id: number, openFlags = 0): Result<{ readonly fd: number }> =>
  fdOf(bpf(cmd, new Attr(12).u32(0, id).u32(8, openFlags)));
function nextId(cmd: number, startId: number): Result<{ readonly nextId: number }> {
  const attr = new Attr(12).u32(0, startId);
  const result = bpf(cmd, attr);
  return result < 0 ? refused(result) : { ok: true, nextId: attr.block.bytes.readUInt32LE(4) };
}

const ENCODE: { readonly [C in CommandName]: Encode<C> } = {
  MAP_CREATE: mapCreate,
  MAP_LOOKUP_ELEM: (attr) => withValue(BPF_CMD.MAP_LOOKUP_ELEM, attr),
  MAP_UPDATE_ELEM: (attr) => plain(bpf(BPF_CMD.MAP_UPDATE_ELEM, elem(attr, new Block(attr.value)))),
  MAP_DELETE_ELEM: (attr) =>
    plain(
      bpf(
        BPF_CMD.MAP_DELETE_ELEM,
        new Attr(16).u32(0, attr.mapFd).ptr(8, attr.key === null ? null : new Block(attr.key)),
      ),
    ),
  MAP_GET_NEXT_KEY: getNextKey,
  MAP_LOOKUP_AND_DELETE_ELEM: (attr) => withValue(BPF_CMD.MAP_LOOKUP_AND_DELETE_ELEM, attr),
  MAP_FREEZE: (attr) => plain(bpf(BPF_CMD.MAP_FREEZE, new Attr(4).u32(0, attr.mapFd))),
  MAP_LOOKUP_BATCH: (attr) => harvest(BPF_CMD.MAP_LOOKUP_BATCH, attr),
  MAP_LOOKUP_AND_DELETE_BATCH: (attr) => harvest(BPF_CMD.MAP_LOOKUP_AND_DELETE_BATCH, attr),
  MAP_UPDATE_BATCH: (attr) => counted(BPF_CMD.MAP_UPDATE_BATCH, attr),
  MAP_DELETE_BATCH: (attr) => counted(BPF_CMD.MAP_DELETE_BATCH, attr),
  PROG_LOAD: progLoad,
  PROG_TEST_RUN: testRun,
  PROG_BIND_MAP: (attr) =>
    plain(
      bpf(
        BPF_CMD.PROG_BIND_MAP,
        new Attr(12)
          .u32(0, attr.progFd)
          .u32(4, attr.mapFd)
          .u32(8, attr.flags ?? 0),
      ),
    ),
  BTF_LOAD: (attr) => {
    const bytes = attr.btf instanceof Btf ? attr.btf.raw : attr.btf;
    return fdOf(bpf(BPF_CMD.BTF_LOAD, new Attr(40).ptr(0, new Block(bytes)).u32(16, bytes.length)));
  },
  OBJ_PIN: (attr) =>
    plain(
      bpf(
        BPF_CMD.OBJ_PIN,
        new Attr(16)
          .ptr(0, path(attr.path))
          .u32(8, attr.fd)
          .u32(12, attr.fileFlags ?? 0),
      ),
    ),
  OBJ_GET: (attr) =>
    fdOf(bpf(BPF_CMD.OBJ_GET, new Attr(16).ptr(0, path(attr.path)).u32(12, attr.fileFlags ?? 0))),
  OBJ_GET_INFO_BY_FD: getInfo,
  PROG_GET_NEXT_ID: (attr) => nextId(BPF_CMD.PROG_GET_NEXT_ID, attr.startId),
  MAP_GET_NEXT_ID: (attr) => nextId(BPF_CMD.MAP_GET_NEXT_ID, attr.startId),
  BTF_GET_NEXT_ID: (attr) => nextId(BPF_CMD.BTF_GET_NEXT_ID, attr.startId),
  PROG_GET_FD_BY_ID: (attr) => byId(BPF_CMD.PROG_GET_FD_BY_ID, attr.id),
  MAP_GET_FD_BY_ID: (attr) => byId(BPF_CMD.MAP_GET_FD_BY_ID, attr.id, attr.openFlags),
  BTF_GET_FD_BY_ID: (attr) => byId(BPF_CMD.BTF_GET_FD_BY_ID, attr.id),
  LINK_CREATE: (attr) =>
    fdOf(
      bpf(
        BPF_CMD.LINK_CREATE,
        new Attr(64)
          .u32(0, attr.progFd)
          .u32(4, attr.targetIfindex ?? 0)
          .u32(8, attr.attachType)
          .u32(12, attr.flags ?? 0),
      ),
    ),
  LINK_UPDATE: ({ linkFd, newProgFd, oldProgFd }) =>
    plain(
      bpf(
        BPF_CMD.LINK_UPDATE,
        new Attr(16)
          .u32(0, linkFd)
          .u32(4, newProgFd)
          .u32(8, oldProgFd === undefined ? 0 : 4)
          .u32(12, oldProgFd ?? 0),
      ),
    ),
  LINK_DETACH: (attr) => plain(bpf(BPF_CMD.LINK_DETACH, new Attr(4).u32(0, attr.linkFd))),
  LINK_GET_FD_BY_ID: (attr) => byId(BPF_CMD.LINK_GET_FD_BY_ID, attr.id),
  LINK_GET_NEXT_ID: (attr) => nextId(BPF_CMD.LINK_GET_NEXT_ID, attr.startId),
  RAW_TRACEPOINT_OPEN: ({ progFd, name }) =>
    fdOf(
      bpf(BPF_CMD.RAW_TRACEPOINT_OPEN, new Attr(24).ptr(0, name === null ? null : path(name)).u32(8, progFd)),
    ),
};

/** The running kernel behind the interface that the simulated one has. */
export const liveBpf: Bpf = {
  call: (cmd, attr) => {
    const encode: Encode<typeof cmd> = ENCODE[cmd];
    return encode(attr);
  },
  close: closeFd,
};

/** Mounts the BPF file system where it is not. */
export function mountBpffs(): void {
  const mounted = readFileSync('/proc/mounts', 'utf8').includes(' /sys/fs/bpf bpf ');
  if (!mounted) execFileSync('mount', ['-t', 'bpf', 'bpf', '/sys/fs/bpf']);
}

/** The same with unlink() of a pin and time for the kernel to free things, as cases need it. */
export const liveKernel = {
  bpf: liveBpf,
  unlink: (name: string): void => unlinkSync(name),
  settle: (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300),
};
