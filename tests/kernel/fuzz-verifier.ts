/**
 * Random programs against the live kernel: verdict, errno and the whole log must be equal. A development aid:
 *
 *   npx tsx tests/kernel/fuzz-verifier.ts [COUNT] [SEED]
 *
 * Every difference prints its seed, so that COUNT 1 and that SEED repeat it.
 */
import type { RawInsn } from '../../src-core/isa/program.ts';
import { BpfInsns } from '../../src-core/isa/program.ts';
import type { VerifierMap } from '../../src-core/verifier/api.ts';
import { compareVerdicts, makeMap, verifyOurs } from './diff-verifier.ts';

/** xorshift32: small, and the same everywhere. */
export class Rng {
  private state: number;
  constructor(seed: number) {
    this.state = (seed * 2654435761) | 1;
  }
  next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state >>> 0;
  }
  below(n: number): number {
    return this.next() % n;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const insn = (code: number, dst = 0, src = 0, off = 0, imm = 0): RawInsn => ({ code, dst, src, off, imm });

const IMMEDIATES = [0, 1, -1, 2, 3, 4, 7, 8, 10, 14, 16, 31, 32, 63, 64, 100, 255, 256, 1000, 0x7fff, 0xffff];
const EDGES = [0x7fff_ffff, -0x8000_0000, 0x1000_0000, -2, -8, -16, -255, 0x00ff_ff00, 0x7fff_fffe];
const ALU_OPS = [0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xb0, 0xc0];
const JMP_OPS = [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0];
const SIZES = [0x00, 0x08, 0x10, 0x18];
const ATOMICS = [0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1];

export class Generator {
  private readonly out: RawInsn[] = [];
  /** Bytes of packet that were checked; size of the map value in r9, 0 if it holds none. */
  private packetRange = 0;
  private valueSize = 0;
  private inPrologue = true;
  constructor(
    private readonly rng: Rng,
    private readonly maps: readonly VerifierMap[],
  ) {}

  private imm(): number {
    return this.rng.chance(75) ? this.rng.pick(IMMEDIATES) : this.rng.pick(EDGES);
  }
  private reg(): number {
    return this.rng.below(10);
  }
  private emit(...insns: RawInsn[]): void {
    this.out.push(...insns);
  }

  /** r6 context, r7 packet, r8 packet end, r9 map value or unknown; the rest scalars. */
  private prologue(): void {
    const { rng } = this;
    this.emit(insn(0xbf, 6, 1), insn(0x61, 7, 1, 0), insn(0x61, 8, 1, 4));
    if (rng.chance(60)) {
      const n = rng.pick([1, 8, 14, 34, 64]);
      this.packetRange = n;
      this.emit(insn(0xbf, 0, 7), insn(0x07, 0, 0, 0, n));
      this.emit(
        insn(rng.pick([0x2d, 0x3d]), 0, 8, 2),
        insn(0xb7, 0),
        insn(0x05, 0, 0, 2),
        insn(0xb7, 0),
        insn(0x95),
      );
    }
    if (rng.chance(60)) this.lookup();
    else this.emit(insn(0x85, 0, 0, 0, 7), insn(0xbf, 9, 0));
    for (let r = 0; r <= 5; r++) this.scalar(r);
    this.inPrologue = false;
  }

  private lookup(): void {
    const map = this.rng.pick(this.maps);
    const constant = this.rng.chance(50);
    this.emit(constant ? insn(0x62, 10, 0, -4, this.rng.pick([0, 1, 3, 4, 100])) : insn(0x63, 10, 7, -4));
    this.emit(insn(0xbf, 2, 10), insn(0x07, 2, 0, 0, -4), insn(0x18, 1, 1, 0, map.fd), insn(0));
    this.emit(insn(0x85, 0, 0, 0, 1));
    this.valueSize = map.valueSize;
    if (this.rng.chance(95)) this.emit(insn(0x55, 0, 0, 2, 0), insn(0xb7, 0), insn(0x95));
    this.emit(insn(0xbf, 9, 0));
  }

  private scalar(r: number): void {
    const { rng } = this;
    switch (rng.below(5)) {
      case 0:
        this.emit(insn(0xb7, r, 0, 0, this.imm()));
        break;
      case 1:
        this.emit(insn(0x61, r, 6, rng.pick([12, 16])));
        break;
      case 2:
        // Not where a jump could land between its two slots.
        if (!this.inPrologue) this.emit(insn(0xb7, r, 0, 0, this.imm()));
        else this.emit(insn(0x18, r, 0, 0, this.imm()), insn(0, 0, 0, 0, this.imm()));
        break;
      case 3:
        this.emit(insn(0x61, r, 6, 16), insn(0x57, r, 0, 0, rng.pick([1, 7, 15, 63, 255])));
        break;
      default:
        this.emit(insn(0x79, r, 10, -8 * (1 + rng.below(6))));
    }
  }

  private alu(): void {
    const { rng } = this;
    const cls = rng.chance(65) ? 0x07 : 0x04;
    const op = rng.pick(ALU_OPS);
    const dst = rng.below(6);
    if (op === 0xb0 && rng.chance(50)) {
      const sx = rng.chance(25) ? rng.pick(cls === 0x07 ? [8, 16, 32] : [8, 16]) : 0;
      this.emit(insn(cls | op | 0x08, dst, rng.below(6), sx));
    } else if (rng.chance(40)) {
      this.emit(
        insn(cls | op | 0x08, dst, rng.below(6), (op === 0x30 || op === 0x90) && rng.chance(30) ? 1 : 0),
      );
    } else {
      const shift = op === 0x60 || op === 0x70 || op === 0xc0;
      const imm = shift ? rng.below(cls === 0x07 ? 64 : 32) : this.imm();
      this.emit(insn(cls | op, dst, 0, 0, (op === 0x30 || op === 0x90) && imm === 0 ? 3 : imm));
    }
  }

  private jump(): void {
    const { rng } = this;
    const cls = rng.chance(65) ? 0x05 : 0x06;
    const off = rng.chance(97) ? 1 + rng.below(5) : -1 - rng.below(8);
    const op = rng.pick(JMP_OPS);
    const dst = rng.chance(90) ? rng.below(6) : this.reg();
    if (rng.chance(40))
      this.emit(insn(cls | op | 0x08, dst, rng.chance(90) ? rng.below(6) : this.reg(), off));
    else this.emit(insn(cls | op, dst, 0, off, this.imm()));
  }

  private stack(): void {
    const { rng } = this;
    const size = rng.pick(SIZES);
    const bytes = size === 0x18 ? 8 : size === 0x00 ? 4 : size === 0x08 ? 2 : 1;
    const off = -bytes * (1 + rng.below(48 / bytes));
    switch (rng.below(4)) {
      case 0:
        this.emit(insn(0x63 | size, 10, rng.chance(97) || size !== 0x18 ? rng.below(6) : this.reg(), off));
        break;
      case 1:
        this.emit(insn(0x62 | size, 10, 0, off, this.imm()));
        break;
      case 2:
        this.emit(insn((rng.chance(20) && size !== 0x18 ? 0x81 : 0x61) | size, rng.below(6), 10, off));
        break;
      default:
        this.emit(insn(0xdb, 10, rng.below(6), off & -8, rng.pick(ATOMICS)));
    }
  }

  private base(): number {
    const bases = [10];
    if (this.packetRange > 0 || this.rng.chance(3)) bases.push(7);
    if (this.valueSize > 0 || this.rng.chance(3)) bases.push(9);
    return this.rng.pick(bases);
  }

  /** Stack, packet or map value at a scalar's distance. */
  private variableOffset(): void {
    const { rng } = this;
    const base = this.base();
    const idx = rng.below(6);
    const to = (idx + 1 + rng.below(5)) % 6;
    const size = rng.pick(SIZES);
    if (rng.chance(85))
      this.emit(insn(0x57, idx, 0, 0, base === 10 ? (size === 0x18 ? 8 : 12) : rng.pick([1, 3, 7, 8, 15])));
    this.emit(insn(0xbf, to, base));
    if (base === 10) this.emit(insn(0x07, to, 0, 0, -48));
    this.emit(insn(rng.chance(97) ? 0x0f : 0x1f, to, idx));
    const off = base === 10 ? 8 * rng.below(3) : rng.below(6);
    const value = rng.chance(50) ? idx : rng.below(6);
    if (rng.chance(50)) this.emit(insn(0x61 | size, value, to, off));
    else if (value !== to) this.emit(insn(0x63 | size, to, value, off));
    this.scalar(to);
  }

  private load(): void {
    const { rng } = this;
    const base = this.base();
    const size = rng.pick(SIZES);
    const bytes = size === 0x18 ? 8 : size === 0x00 ? 4 : size === 0x08 ? 2 : 1;
    if (base === 10) this.emit(insn(0x61 | size, rng.below(6), 10, -bytes * (1 + rng.below(48 / bytes))));
    else
      this.emit(
        insn(
          0x61 | size,
          rng.below(6),
          base,
          rng.below(Math.max(1, (base === 7 ? this.packetRange : this.valueSize) - bytes + 1)),
        ),
      );
  }

  /** Registers that know of each other: a copy, moved by a constant, and a test of one of them. */
  private linked(): void {
    const { rng } = this;
    const a = rng.below(6);
    const b = (a + 1 + rng.below(5)) % 6;
    const c = (b + 1 + rng.below(4)) % 6;
    if (rng.chance(40)) this.emit(insn(0x85, 0, 0, 0, 7), insn(0xbf, a, 0));
    if (rng.chance(40)) this.emit(insn(0xbc, a, a));
    this.emit(insn(rng.chance(80) ? 0xbf : 0xbc, b, a));
    if (rng.chance(70))
      this.emit(insn(rng.pick([0x07, 0x07, 0x04, 0x17, 0x14]), b, 0, 0, rng.pick([1, 2, 8, -1, -4, 100])));
    if (rng.chance(40)) this.emit(insn(0xbf, c, rng.pick([a, b])));
    if (rng.chance(40)) this.emit(insn(0x7b, 10, rng.pick([a, b]), -8 * (1 + rng.below(6))));
    this.emit(
      insn(
        rng.pick([0x25, 0xa5, 0x26, 0xa6, 0x65, 0xc5, 0xb5]),
        rng.pick([a, b]),
        0,
        1 + rng.below(3),
        rng.pick([4, 8, 15, 100]),
      ),
    );
    if (rng.chance(50)) this.emit(insn(0x79, c, 10, -8 * (1 + rng.below(6))));
    if (rng.chance(50)) this.readAtOffset(rng.pick([a, b]), c);
  }

  private readAtOffset(idx: number, to: number): void {
    if (idx === to) return;
    this.emit(insn(0x25, idx, 0, 4, 15), insn(0xbf, to, 10), insn(0x07, to, 0, 0, -32), insn(0x0f, to, idx));
    this.emit(insn(0x71, to, to));
  }

  /** may_goto, forwards or as the head of a loop. */
  private mayGoto(): void {
    if (this.rng.chance(50)) {
      this.emit(insn(0xe5, 0, 0, 1 + this.rng.below(3)));
      return;
    }
    const body = 1 + this.rng.below(3);
    this.emit(insn(0xe5, 0, 0, body + 1));
    for (let i = 0; i < body; i++) {
      this.emit(insn(this.rng.pick([0x07, 0x04, 0x57]), this.rng.below(6), 0, 0, this.rng.pick([1, 2, 15])));
    }
    this.emit(insn(0x05, 0, 0, -body - 2));
  }

  private call(): void {
    const { rng } = this;
    if (rng.chance(50)) {
      this.emit(insn(0x85, 0, 0, 0, rng.pick([5, 7, 8])));
    } else {
      this.emit(
        insn(0xbf, 1, 6),
        insn(0xb7, 2, 0, 0, rng.pick([0, 4, -4])),
        insn(0x85, 0, 0, 0, rng.pick([44, 65])),
      );
    }
    for (let r = 1; r <= 5; r++) this.scalar(r);
  }

  private step(): void {
    const kind = this.rng.below(100);
    if (kind < 28) this.alu();
    else if (kind < 38) this.linked();
    else if (kind < 60) this.jump();
    else if (kind < 78) this.stack();
    else if (kind < 86) this.variableOffset();
    else if (kind < 93) this.load();
    else if (kind < 95) this.call();
    else if (kind < 97) this.mayGoto();
    else this.scalar(this.rng.below(6));
  }

  program(): Uint8Array {
    this.prologue();
    const steps = 5 + this.rng.below(30);
    const subprog = this.rng.chance(25);
    const calls: number[] = [];
    for (let i = 0; i < steps; i++) {
      this.step();
      if (subprog && this.rng.chance(10)) {
        calls.push(this.out.length);
        this.emit(insn(0x85, 0, 1));
        for (let r = 1; r <= 5; r++) this.scalar(r);
      }
    }
    // Jumps past the last step land here.
    for (let i = 0; i < 7; i++) this.emit(insn(0xb7, 0, 0, 0, i));
    this.emit(insn(0x95));
    if (calls.length > 0) this.callee(calls);
    return BpfInsns.fromRaw(this.out).toBytes();
  }

  private callee(calls: readonly number[]): void {
    const start = this.out.length;
    for (const at of calls) this.out[at] = { ...this.out[at], imm: start - at - 1 };
    if (this.rng.chance(50)) this.emit(insn(0x7b, 10, 1, -8), insn(0x79, 1, 10, -8));
    for (let i = 0; i < 3 + this.rng.below(6); i++) this.alu();
    if (this.rng.chance(60))
      this.emit(insn(this.rng.pick([0x25, 0x66, 0xa5]), 1, 0, 1, this.imm()), insn(0x07, 1, 0, 0, 1));
    this.emit(insn(0xbf, 0, this.rng.pick([1, 2, 3])), insn(0x95));
  }
}

const SOCKET_FILTER = 1;
const XDP = 6;
/** Times 4096 instructions of one program. */
const MAX_ROUNDS = 5;

function main(): void {
  const count = Number(process.argv[2] ?? 1000);
  const first = Number(process.argv[3] ?? 1);
  const maps = [
    makeMap({ type: 2, keySize: 4, valueSize: 64, maxEntries: 4, name: 'arr' }),
    makeMap({ type: 1, keySize: 4, valueSize: 48, maxEntries: 16, name: 'hash' }),
  ];
  const tally = { accept: 0, reject: 0, unsupported: 0, differ: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const rng = new Rng(seed);
    const insns = new Generator(rng, maps).program();
    const flags = rng.chance(30) ? 8 : 0;
    // A socket filter has no packet pointers: the same loads give scalars.
    const program = { type: rng.chance(25) ? SOCKET_FILTER : XDP, insns, maps, flags };
    // Loops that would run into the limit of a million instructions say nothing new.
    let rounds = 0;
    const short = verifyOurs(program, 0, () => ++rounds > MAX_ROUNDS).verdict !== 'unsupported';
    const result = short ? compareVerdicts(program, rng.chance(80) ? 2 : 1) : 'unsupported';
    if (typeof result === 'string') {
      tally[result]++;
    } else {
      tally.differ++;
      process.stdout.write(
        `seed ${seed} line ${result.line}\n  kernel: ${result.kernel}\n  ours:   ${result.ours}\n`,
      );
    }
  }
  process.stdout.write(`${JSON.stringify(tally)}\n`);
}

if (process.argv[1]?.includes('fuzz-verifier')) main();
