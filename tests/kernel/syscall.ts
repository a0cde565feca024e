import { release } from 'node:os';
import koffi from 'koffi';

/** `enum bpf_cmd` of the commands that the oracle uses (include/uapi/linux/bpf.h, Linux 6.18). */
export const Cmd = {
  MAP_CREATE: 0,
  MAP_LOOKUP_ELEM: 1,
  MAP_UPDATE_ELEM: 2,
  MAP_DELETE_ELEM: 3,
  MAP_GET_NEXT_KEY: 4,
  PROG_LOAD: 5,
  PROG_TEST_RUN: 10,
  OBJ_GET_INFO_BY_FD: 15,
  BTF_LOAD: 18,
  MAP_FREEZE: 22,
} as const;

const SYS_BPF_X86_64 = 321n;

interface Libc {
  syscall(nr: bigint, cmd: number, attr: Uint8Array, size: number): bigint;
  close(fd: number): number;
}

let libc: Libc | null = null;
function load(): Libc {
  if (libc === null) {
    const lib = koffi.load('libc.so.6');
    libc = {
      syscall: lib.func('long syscall(long, long, void*, long)') as unknown as Libc['syscall'],
      close: lib.func('int close(int)') as unknown as Libc['close'],
    };
  }
  return libc;
}

/** A byte block with a stable address, to be named in an attr. Keep it referenced until the call returns. */
export class Block {
  readonly bytes: Buffer;
  readonly address: bigint;
  constructor(source: Uint8Array | number) {
    const size = typeof source === 'number' ? source : source.length;
    // At least 128 bytes, so that V8 never keeps the block on its moving heap.
    const whole = Buffer.alloc(Math.max(128, size));
    if (typeof source !== 'number') whole.set(source);
    this.bytes = whole.subarray(0, size);
    this.address = BigInt.asUintN(64, koffi.address(whole) as bigint);
  }
}

/** Builds `union bpf_attr` by byte offsets. */
export class Attr {
  readonly block: Block;
  /** Blocks whose addresses stand in the attr: referenced here so that they outlive the call. */
  readonly keep: Block[] = [];
  constructor(readonly size: number) {
    this.block = new Block(size);
  }
  u32(at: number, value: number): this {
    this.block.bytes.writeUInt32LE(value >>> 0, at);
    return this;
  }
  u64(at: number, value: bigint): this {
    this.block.bytes.writeBigUInt64LE(value, at);
    return this;
  }
  ptr(at: number, block: Block | null): this {
    if (block !== null) {
      this.keep.push(block);
      this.u64(at, block.address);
    }
    return this;
  }
  /** A name as it is, 16 bytes of it. */
  rawName(at: number, text: string): this {
    this.block.bytes.write(text.slice(0, 16), at, 'latin1');
    return this;
  }
  name(at: number, text: string): this {
    this.block.bytes.write(text.slice(0, 15), at, 'latin1');
    return this;
  }
}

/** `bpf(2)`: the result, or a negative errno. */
export function bpf(cmd: number, attr: Attr): number {
  const result = Number(load().syscall(SYS_BPF_X86_64, cmd, attr.block.bytes, attr.size));
  return result >= 0 ? result : -koffi.errno();
}

export function closeFd(fd: number): void {
  load().close(fd);
}

let reason: string | null | undefined;
/** Why there is no oracle here ("kernel 6.1.0, not 6.18"), or null when there is one. */
export function oracleMissing(): string | null {
  if (reason === undefined) reason = findReason();
  return reason;
}

function findReason(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'not Linux on x86-64';
  if (!release().startsWith('6.18.')) return `kernel ${release()}, not 6.18`;
  if (process.getuid?.() !== 0) return 'not root';
  try {
    const fd = bpf(Cmd.MAP_CREATE, new Attr(80).u32(0, 2).u32(4, 4).u32(8, 4).u32(12, 1));
    if (fd < 0) return `bpf() answers errno ${-fd}`;
    closeFd(fd);
    return null;
  } catch (e) {
    return `koffi cannot call bpf(): ${e instanceof Error ? e.message : String(e)}`;
  }
}
