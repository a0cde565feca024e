import type { Bpf, CommandName, Commands, MapCreateAttr, Result } from '../../../../src-core/bpf/api.ts';
import type { SimKernel } from '../../../../src-core/bpf/kernel.ts';
import { errnoName } from '../../../../src-core/platform/errno.ts';

export const u32 = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n).buffer);
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
/** Bytes that count up from `seed`. */
export const bytes = (size: number, seed = 1): Uint8Array => new Uint8Array(size).map((_, i) => seed + i);

/** A kernel that cases are run on: the system call, and unlink() of a pin. */
export interface Kernel {
  readonly bpf: Bpf;
  unlink(path: string): void;
  /** Waits until what was let go of is gone: the kernel frees later. */
  settle(): void;
}
export const simulated = (kernel: SimKernel): Kernel => ({
  bpf: kernel,
  unlink: (path) => void kernel.unlink(path),
  settle: () => {},
});

/** One kernel for one case: what the case opened is closed behind it. */
export class World {
  private readonly opened: number[] = [];
  private readonly bpf: Bpf;
  constructor(private readonly kernel: Kernel) {
    this.bpf = kernel.bpf;
  }
  unlink(path: string): void {
    this.kernel.unlink(path);
  }
  settle(): void {
    this.kernel.settle();
  }

  /** A command whose descriptor is closed at the end. */
  call<C extends CommandName>(cmd: C, attr: Commands[C]['attr']): Result<Commands[C]['out']> {
    const result = this.bpf.call(cmd, attr);
    if (result.ok && 'fd' in result) this.opened.push(result.fd as number);
    return result;
  }
  /** "ok", or the errno's name. */
  does<C extends CommandName>(cmd: C, attr: Commands[C]['attr']): string {
    return said(this.call(cmd, attr));
  }
  close(fd: number): void {
    this.bpf.close(fd);
    const at = this.opened.indexOf(fd);
    if (at >= 0) this.opened.splice(at, 1);
  }
  end(): void {
    for (const fd of this.opened.reverse()) this.bpf.close(fd);
  }

  map(attr: MapCreateAttr): number {
    const made = this.call('MAP_CREATE', attr);
    if (!made.ok) throw new Error(`map type ${attr.type}: ${said(made)}`);
    return made.fd;
  }
  /** The smallest program of a type: r0 = 0; exit. */
  prog(
    type: number,
    more: Partial<Commands['PROG_LOAD']['attr']> = {},
  ): Result<Commands['PROG_LOAD']['out']> {
    return this.call('PROG_LOAD', { ...progAttr(type), ...more });
  }
  progFd(type: number, more: Partial<Commands['PROG_LOAD']['attr']> = {}): number {
    const made = this.prog(type, more);
    if (!made.ok) throw new Error(`program type ${type}: ${said(made)}`);
    return made.fd;
  }
  update(mapFd: number, key: Uint8Array | null, value: Uint8Array, flags = 0): string {
    return this.does('MAP_UPDATE_ELEM', { mapFd, key, value, flags });
  }
  lookup(mapFd: number, key: Uint8Array | null, flags = 0): string {
    const found = this.call('MAP_LOOKUP_ELEM', { mapFd, key, flags });
    return found.ok ? hex(found.value) : said(found);
  }
  remove(mapFd: number, key: Uint8Array | null): string {
    return this.does('MAP_DELETE_ELEM', { mapFd, key });
  }
  next(mapFd: number, key: Uint8Array | null): string {
    const found = this.call('MAP_GET_NEXT_KEY', { mapFd, key });
    return found.ok ? hex(found.nextKey) : said(found);
  }
  take(mapFd: number, key: Uint8Array | null, flags = 0): string {
    const found = this.call('MAP_LOOKUP_AND_DELETE_ELEM', { mapFd, key, flags });
    return found.ok ? hex(found.value) : said(found);
  }
  /** All elements, in no order. */
  contents(mapFd: number): string[] {
    const out: string[] = [];
    let key: Uint8Array | null = null;
    for (let n = 0; n < 1000; n++) {
      const next: Result<{ readonly nextKey: Uint8Array }> = this.call('MAP_GET_NEXT_KEY', { mapFd, key });
      if (!next.ok) break;
      key = next.nextKey;
      out.push(`${hex(next.nextKey)}=${this.lookup(mapFd, key)}`);
    }
    return out.sort();
  }
}

export function said(result: { readonly ok: boolean; readonly errno?: number }): string {
  if (result.ok) return 'ok';
  const errno = result.errno ?? 0;
  return errno === 524 ? 'ENOTSUPP' : (errnoName(errno) ?? `errno ${errno}`);
}

const insn = (code: number, imm = 0, regs = 0, off = 0): number[] => [
  code,
  regs,
  off & 0xff,
  (off >> 8) & 0xff,
  imm & 0xff,
  (imm >> 8) & 0xff,
  (imm >> 16) & 0xff,
  (imm >> 24) & 0xff,
];
export const program = (...rows: readonly number[][]): Uint8Array => Uint8Array.from(rows.flat());
export const RETURN_0 = program(insn(0xb7), insn(0x95));
/** r1 = map fd ll; r0 = 0; exit */
export const usesMap = (fd: number): Uint8Array =>
  program(insn(0x18, fd, 0x11), insn(0), insn(0xb7), insn(0x95));

export const progAttr = (type: number): Commands['PROG_LOAD']['attr'] => ({
  name: 'p',
  type,
  expectedAttachType: 0,
  license: 'GPL',
  flags: 0,
  insns: RETURN_0,
  attachBtfId: 0,
  funcInfo: new Uint8Array(0),
  lineInfo: new Uint8Array(0),
});

/** One case: what it writes down must be the same on every kernel. */
export interface Case {
  readonly name: string;
  run(w: World): readonly string[];
}

/** Runs a case on a kernel. */
export function transcript(c: Case, kernel: Kernel): readonly string[] {
  const world = new World(kernel);
  try {
    return c.run(world);
  } catch (e) {
    return [`threw ${e instanceof Error ? e.message : String(e)}`];
  } finally {
    world.end();
  }
}
