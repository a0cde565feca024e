import { Attr, Block, bpf, Cmd, closeFd } from './syscall.ts';

export { closeFd, oracleMissing } from './syscall.ts';

export interface MapAttr {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: number;
  readonly name?: string;
  readonly innerMapFd?: number;
  readonly numaNode?: number;
  readonly mapExtra?: number;
  readonly btfFd?: number;
  readonly btfKeyTypeId?: number;
  readonly btfValueTypeId?: number;
}

/** BPF_MAP_CREATE: the fd, or a negative errno. */
export function createMap(m: MapAttr): number {
  const attr = new Attr(80)
    .u32(0, m.type)
    .u32(4, m.keySize)
    .u32(8, m.valueSize)
    .u32(12, m.maxEntries)
    .u32(16, m.flags ?? 0)
    .u32(20, m.innerMapFd ?? 0)
    .u32(24, m.numaNode ?? 0)
    .name(28, m.name ?? '')
    .u32(48, m.btfFd ?? 0)
    .u32(52, m.btfKeyTypeId ?? 0)
    .u32(56, m.btfValueTypeId ?? 0)
    .u64(64, BigInt(m.mapExtra ?? 0));
  return bpf(Cmd.MAP_CREATE, attr);
}

function elem(fd: number, key: Uint8Array, value: Block | null, flags: bigint): Attr {
  return new Attr(32).u32(0, fd).ptr(8, new Block(key)).ptr(16, value).u64(24, flags);
}

/** BPF_MAP_UPDATE_ELEM: 0 or a negative errno. `value` of a per-CPU map holds all CPUs, 8-byte aligned. */
export function mapUpdate(fd: number, key: Uint8Array, value: Uint8Array, flags = 0): number {
  return bpf(Cmd.MAP_UPDATE_ELEM, elem(fd, key, new Block(value), BigInt(flags)));
}

/** BPF_MAP_LOOKUP_ELEM: the value of `size` bytes, or null if absent. */
export function mapLookup(fd: number, key: Uint8Array, size: number): Uint8Array | null {
  const value = new Block(size);
  return bpf(Cmd.MAP_LOOKUP_ELEM, elem(fd, key, value, 0n)) === 0 ? new Uint8Array(value.bytes) : null;
}

export function mapDelete(fd: number, key: Uint8Array): number {
  return bpf(Cmd.MAP_DELETE_ELEM, elem(fd, key, null, 0n));
}

/** BPF_MAP_GET_NEXT_KEY; `key` null asks for the first. */
export function mapNextKey(fd: number, key: Uint8Array | null, keySize: number): Uint8Array | null {
  const next = new Block(keySize);
  const attr = new Attr(32)
    .u32(0, fd)
    .ptr(8, key === null ? null : new Block(key))
    .ptr(16, next);
  return bpf(Cmd.MAP_GET_NEXT_KEY, attr) === 0 ? new Uint8Array(next.bytes) : null;
}

export function mapFreeze(fd: number): number {
  return bpf(Cmd.MAP_FREEZE, new Attr(32).u32(0, fd));
}

export interface BtfLoad {
  readonly fd: number | null;
  readonly errno: number;
  readonly log: string;
}

/** BPF_BTF_LOAD. */
export function loadBtf(btf: Uint8Array, logLevel = 0): BtfLoad {
  const log = new Block(logLevel > 0 ? 1 << 20 : 0);
  const attr = new Attr(40).ptr(0, new Block(btf)).u32(16, btf.length);
  if (logLevel > 0) attr.ptr(8, log).u32(20, log.bytes.length).u32(24, logLevel);
  const fd = bpf(Cmd.BTF_LOAD, attr);
  return { fd: fd >= 0 ? fd : null, errno: fd >= 0 ? 0 : -fd, log: logText(log) };
}

export interface ProgAttr {
  readonly type: number;
  readonly insns: Uint8Array;
  readonly license?: string;
  readonly name?: string;
  readonly expectedAttachType?: number;
  readonly flags?: number;
  readonly logLevel?: number;
  /** Bytes of log buffer; 16 MiB unless told. */
  readonly logSize?: number;
  readonly btfFd?: number;
  readonly funcInfo?: Uint8Array;
  readonly lineInfo?: Uint8Array;
  readonly attachBtfId?: number;
  readonly kernVersion?: number;
  readonly fdArray?: Int32Array;
}

export interface ProgLoad {
  /** null when refused. */
  readonly fd: number | null;
  /** Positive, 0 when loaded. */
  readonly errno: number;
  readonly log: string;
}

/** BPF_PROG_LOAD; with log level 0 the log is empty. */
export function loadProgram(p: ProgAttr): ProgLoad {
  const level = p.logLevel ?? 2;
  const log = new Block(level > 0 ? (p.logSize ?? 16 << 20) : 0);
  const attr = new Attr(152)
    .u32(0, p.type)
    .u32(4, p.insns.length / 8)
    .ptr(8, new Block(p.insns))
    .ptr(16, new Block(Buffer.from(`${p.license ?? 'GPL'}\0`)))
    .u32(24, level)
    .u32(28, log.bytes.length)
    .ptr(32, level > 0 ? log : null)
    .u32(40, p.kernVersion ?? 0)
    .u32(44, p.flags ?? 0)
    .name(48, p.name ?? '')
    .u32(68, p.expectedAttachType ?? 0)
    .u32(72, p.btfFd ?? 0)
    .u32(108, p.attachBtfId ?? 0);
  if (p.funcInfo !== undefined && p.funcInfo.length > 0) {
    attr
      .u32(76, 8)
      .ptr(80, new Block(p.funcInfo))
      .u32(88, p.funcInfo.length / 8);
  }
  if (p.lineInfo !== undefined && p.lineInfo.length > 0) {
    attr
      .u32(92, 16)
      .ptr(96, new Block(p.lineInfo))
      .u32(104, p.lineInfo.length / 16);
  }
  if (p.fdArray !== undefined) {
    attr.ptr(120, new Block(new Uint8Array(p.fdArray.buffer))).u32(148, p.fdArray.length);
  }
  const fd = bpf(Cmd.PROG_LOAD, attr);
  return { fd: fd >= 0 ? fd : null, errno: fd >= 0 ? 0 : -fd, log: logText(log) };
}

function logText(log: Block): string {
  const end = log.bytes.indexOf(0);
  return log.bytes.toString('latin1', 0, end < 0 ? log.bytes.length : end);
}

export interface TestRun {
  readonly errno: number;
  /** Return value, u32. */
  readonly retval: number;
  /** Average nanoseconds of one run. */
  readonly durationNs: number;
  readonly dataOut: Uint8Array;
  readonly ctxOut: Uint8Array;
}

/** BPF_PROG_TEST_RUN. */
export function testRun(
  fd: number,
  o: {
    readonly dataIn?: Uint8Array;
    readonly dataOutSize?: number;
    readonly ctxIn?: Uint8Array;
    readonly ctxOutSize?: number;
    readonly repeat?: number;
  } = {},
): TestRun {
  const dataIn = o.dataIn ?? new Uint8Array(0);
  const ctxIn = o.ctxIn ?? new Uint8Array(0);
  const dataOut = new Block(o.dataOutSize ?? (dataIn.length > 0 ? dataIn.length + 4096 : 0));
  const ctxOut = new Block(o.ctxOutSize ?? 0);
  const attr = new Attr(80)
    .u32(0, fd)
    .u32(8, dataIn.length)
    .u32(12, dataOut.bytes.length)
    .ptr(16, dataIn.length > 0 ? new Block(dataIn) : null)
    .ptr(24, dataOut.bytes.length > 0 ? dataOut : null)
    .u32(32, o.repeat ?? 0)
    .u32(40, ctxIn.length)
    .u32(44, ctxOut.bytes.length)
    .ptr(48, ctxIn.length > 0 ? new Block(ctxIn) : null)
    .ptr(56, ctxOut.bytes.length > 0 ? ctxOut : null);
  const result = bpf(Cmd.PROG_TEST_RUN, attr);
  const out = attr.block.bytes;
  return {
    errno: result < 0 ? -result : 0,
    retval: out.readUInt32LE(4),
    durationNs: out.readUInt32LE(36),
    dataOut: new Uint8Array(dataOut.bytes.subarray(0, out.readUInt32LE(12))),
    ctxOut: new Uint8Array(ctxOut.bytes.subarray(0, out.readUInt32LE(44))),
  };
}

export interface ProgInfo {
  readonly id: number;
  /** Eight bytes as hex. */
  readonly tag: string;
  /** Rewritten instructions, 8 bytes a slot. */
  readonly xlated: Uint8Array;
  readonly verifiedInsns: number;
}

/** BPF_OBJ_GET_INFO_BY_FD of a program, with its rewritten instructions. */
export function progInfo(fd: number): ProgInfo {
  const first = infoOnce(fd, null);
  const xlated = new Block(first.readUInt32LE(20));
  const info = infoOnce(fd, xlated);
  return {
    id: info.readUInt32LE(4),
    tag: info.toString('hex', 8, 16),
    xlated: new Uint8Array(xlated.bytes),
    verifiedInsns: info.readUInt32LE(216),
  };
}

function infoOnce(fd: number, xlated: Block | null): Buffer {
  const info = new Block(232);
  if (xlated !== null) {
    info.bytes.writeUInt32LE(xlated.bytes.length, 20);
    info.bytes.writeBigUInt64LE(xlated.address, 32);
  }
  const attr = new Attr(16).u32(0, fd).u32(4, info.bytes.length).ptr(8, info);
  const result = bpf(Cmd.OBJ_GET_INFO_BY_FD, attr);
  if (result < 0) throw new Error(`BPF_OBJ_GET_INFO_BY_FD: errno ${-result}`);
  return info.bytes;
}

/**
 * Makes two recordings of the same log comparable: kernel addresses of map pointers and of arenas, and the
 * time that the verifier took, and nothing else.
 */
export function normalizeLog(log: string): string {
  return log
    .replace(/(\(18\) r\d+ = )0x(?:ffff[0-9a-f]{12}|7[0-9a-f]{11})/g, '$10xADDR')
    .replace(/(\(85\) call (?!unknown#)\w+#)\d{4,}/g, '$1KFUNC')
    .replace(/^verification time \d+ usec$/gm, 'verification time N usec');
}

export function withFds<T>(fds: readonly (number | null)[], body: () => T): T {
  try {
    return body();
  } finally {
    for (const fd of fds) if (fd !== null && fd >= 0) closeFd(fd);
  }
}
