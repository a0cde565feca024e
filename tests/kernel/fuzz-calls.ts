/**
 * Random programs made of calls against the live kernel: dynptrs, iterators, kernel functions, sections that may not
 * sleep, subprograms, callbacks and spills. Verdict, errno and the whole log must be equal. A development aid:
 *
 *   npm run kernel:fuzz-calls -- [--seed S] [--seconds N] [--out DIR]
 *
 * What differs is made smaller and saved as DIR/SEED.s, which kernel:compare cannot read but the assembler can.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { assemble } from '../../src-core/asm/assemble.ts';
import { loadProgram as loadInCore, openObject } from '../../src-core/bpf/session.ts';
import { loadElf } from '../../src-core/object/load.ts';
import { helperId } from '../../src-core/platform/helper-names.ts';
import { Rng } from './fuzz-verifier.ts';
import { loadOnKernel, openOnKernel } from './load-on-kernel.ts';
import { closeFd, normalizeLog } from './oracle.ts';
import { runningBtf } from './running-btf.ts';

/** Lines before and after other blocks: shrinking drops a block, or puts its body in its place. */
interface Block {
  readonly head: readonly string[];
  readonly body: readonly Block[];
  readonly tail: readonly string[];
}

interface Program {
  readonly section: string;
  readonly main: readonly Block[];
  readonly sub: readonly Block[];
  readonly callback: readonly Block[];
}

const line = (...head: string[]): Block => ({ head, body: [], tail: [] });
const around = (head: string[], body: readonly Block[], tail: string[]): Block => ({ head, body, tail });

const MAPS = [
  '.map ring, type=ringbuf, max_entries=4096',
  '.map values, type=array, key=4, value=32, max_entries=4',
];
/** Places on the stack (bytes below r10). */
const DYNPTRS = [16, 32, 168, 184];
const NUMS = [40, 104];
const BITS = 56;
const TASKS = 80;
const FLAGS = [88, 96];
const SCRATCH = 128;
const SPILLS = [136, 144, 152];
const MAX_DEPTH = 3;

const at = (reg: string, off: number): string[] => [`${reg} = r10`, `${reg} += -${off}`];
const tree = (blocks: readonly Block[]): string[] =>
  blocks.flatMap((b) => [...b.head, ...tree(b.body), ...b.tail]);

function textOf(p: Program): string {
  const sub = p.sub.length === 0 ? [] : ['helper:', 'r6 = r1', ...START.slice(1), ...tree(p.sub), ...END];
  const callback = ['callback:', ...START, ...tree(p.callback), ...END].map((l) =>
    l === 'r6 = r1' ? 'r6 = r2' : l,
  );
  const text = [...sub, ...(p.callback.length === 0 ? [] : callback)];
  const indent = (l: string): string => (l.endsWith(':') || l.startsWith('.') ? l : `    ${l}`);
  return [
    ...MAPS,
    ...(text.length === 0 ? [] : ['.section ".text"', ...text]),
    `.section "${p.section}"`,
    'prog:',
    ...START,
    ...tree(p.main),
    ...END,
    '',
  ]
    .map(indent)
    .join('\n');
}

/** r6 context, r7 a pointer or 0, r8 a number, r9 a reference or 0. */
const START = ['r6 = r1', 'r7 = 0', 'r8 = 5', 'r9 = 0'];
const END = ['r0 = 0', 'exit'];

class Generator {
  private labels = 0;
  private canCall = true;
  /** Places of dynptrs, iterators and flags that live. */
  private readonly live: number[] = [];
  private inRcu = false;
  constructor(
    private readonly rng: Rng,
    private skb: boolean,
  ) {}

  private label(): string {
    return `l${this.labels++}`;
  }

  program(section: string): Program {
    const main = this.blocks(0, 4 + this.rng.below(8));
    this.canCall = false;
    this.live.length = 0;
    const sub = this.blocks(1, 1 + this.rng.below(4));
    this.skb = false;
    const callback = this.blocks(1, 1 + this.rng.below(3));
    const text = tree(main);
    return {
      section,
      main,
      sub: text.includes('call helper') ? sub : [],
      callback: text.some((l) => l.includes('callback ll')) ? callback : [],
    };
  }

  private blocks(depth: number, n: number): Block[] {
    return Array.from({ length: n }, () => this.block(depth));
  }

  private block(depth: number): Block {
    const { rng } = this;
    const kind = rng.below(100);
    if (kind < 22) return this.dynptr(depth);
    if (kind < 34) return this.onDynptr();
    if (kind < 44) return depth < MAX_DEPTH ? this.loop(depth) : this.scalar();
    if (kind < 55) return depth < MAX_DEPTH ? this.section(depth) : this.scalar();
    if (kind < 65) return depth < MAX_DEPTH ? this.branch(depth) : this.scalar();
    if (kind < 72) return this.task(depth);
    if (kind < 77) return this.lookup();
    if (kind < 82) return this.canCall ? this.call() : this.scalar();
    if (kind < 88) return this.spill();
    if (kind < 93) return this.access();
    if (kind < 94 && rng.chance(30)) return this.stray();
    return this.scalar();
  }

  private scalar(): Block {
    const { rng } = this;
    return line(
      rng.pick([
        'r8 += 1',
        'r8 &= 7',
        'r8 = 3',
        'w8 += 5',
        'r8 <<= 1',
        'call bpf_get_prandom_u32',
        ...(this.skb ? ['r8 = *(u32 *)(r6 + 0)'] : []),
      ]),
      ...(rng.chance(40) ? ['if r8 > 20 goto +1', 'r8 += 2'] : []),
    );
  }

  /** A place for which nothing is known to live there, or any when none is left. */
  private free(places: readonly number[]): number {
    const empty = places.filter((p) => !this.live.includes(p));
    return this.rng.pick(empty.length === 0 || this.rng.chance(2) ? places : empty);
  }

  /** Blocks while something lives at `place`. */
  private holding(place: number, depth: number, n: number): Block[] {
    this.live.push(place);
    const body = depth < MAX_DEPTH ? this.blocks(depth + 1, n) : [];
    this.live.pop();
    return body;
  }

  /** A dynptr is made and used in the body; one over a record is given back after it. */
  private dynptr(depth: number): Block {
    const { rng } = this;
    const place = this.free(DYNPTRS);
    if (this.live.includes(place) && rng.chance(80)) return this.scalar();
    const kind = rng.below(3);
    const body = this.holding(place, depth, 1 + rng.below(4));
    if (kind === 0 && this.skb)
      return around(['r1 = r6', 'r2 = 0', ...at('r3', place), 'call bpf_dynptr_from_skb'], body, []);
    if (kind === 1) {
      const out = this.label();
      return around(
        [
          ...this.find(),
          `if r0 == 0 goto ${out}`,
          'r1 = r0',
          `r2 = ${rng.pick([8, 16, 32])}`,
          'r3 = 0',
          ...at('r4', place),
          'call bpf_dynptr_from_mem',
        ],
        body,
        [`${out}:`],
      );
    }
    const end = rng.chance(97)
      ? [...at('r1', place), 'r2 = 0', `call bpf_ringbuf_${rng.pick(['submit', 'discard'])}_dynptr`]
      : [];
    return around(
      ['r1 = ring ll', 'r2 = 16', 'r3 = 0', ...at('r4', place), 'call bpf_ringbuf_reserve_dynptr'],
      body,
      end,
    );
  }

  private find(): string[] {
    return [
      `*(u32 *)(r10 - ${SCRATCH}) = ${this.rng.below(5)}`,
      'r1 = values ll',
      ...at('r2', SCRATCH),
      'call bpf_map_lookup_elem',
    ];
  }

  private onDynptr(): Block {
    const { rng } = this;
    const known = this.live.filter((l) => DYNPTRS.includes(l));
    if (known.length === 0 && rng.chance(97)) return this.scalar();
    const place = rng.pick(known.length === 0 ? DYNPTRS : known);
    const self = at('r1', place);
    const zero = [0, 8].map((n) => `*(u64 *)(r10 - ${SCRATCH - n}) = ${n}`);
    const checked = rng.chance(97) ? ['r7 = r0', 'if r7 == 0 goto +1', 'r8 = *(u8 *)(r7 + 3)'] : ['r7 = r0'];
    switch (rng.below(7)) {
      case 0:
        return line(...self, `call bpf_dynptr_${rng.pick(['size', 'is_null', 'is_rdonly'])}`, 'r8 = r0');
      case 1:
        return line(
          ...self,
          ...at('r2', 200),
          'call bpf_dynptr_clone',
          ...at('r1', 200),
          'call bpf_dynptr_size',
        );
      case 2:
        return line(
          ...self,
          `r2 = ${rng.pick(['1', 'r8'])}`,
          `r3 = ${rng.pick(['6', 'r8'])}`,
          'call bpf_dynptr_adjust',
        );
      case 3:
        return line(
          ...zero,
          ...self,
          `r2 = ${rng.pick(['0', '2', 'r8'])}`,
          ...(rng.chance(50) ? ['r3 = 0'] : at('r3', SCRATCH)),
          'r4 = 8',
          `call bpf_dynptr_slice${rng.pick(['', '_rdwr'])}`,
          ...checked,
        );
      case 4:
        return line(
          ...self,
          'r2 = 0',
          `r3 = ${rng.chance(95) ? 8 : 'r8'}`,
          'call bpf_dynptr_data',
          ...checked,
        );
      case 5:
        return line(
          ...zero,
          ...self,
          'r2 = 0',
          ...at('r3', SCRATCH),
          'r4 = 8',
          'r5 = 0',
          'call bpf_dynptr_write',
        );
      default:
        return line(
          ...at('r1', SCRATCH),
          'r2 = 8',
          ...at('r3', place),
          'r4 = 0',
          'r5 = 0',
          'call bpf_dynptr_read',
        );
    }
  }

  private loop(depth: number): Block {
    const { rng } = this;
    const tasks = this.skb || this.inRcu || rng.chance(5);
    const kind = rng.pick(['num', 'num', 'bits', ...(tasks ? ['task'] : [])]);
    const place = kind === 'num' ? this.free(NUMS) : kind === 'bits' ? BITS : TASKS;
    if (this.live.includes(place) && rng.chance(98)) return this.scalar();
    const make =
      kind === 'num'
        ? [`r2 = ${rng.pick([0, -3])}`, `r3 = ${rng.pick(['3', '10', 'r8'])}`]
        : kind === 'bits'
          ? [`*(u64 *)(r10 - ${SCRATCH}) = 5`, ...at('r2', SCRATCH), 'r3 = 1']
          : ['r2 = 0', 'r3 = 0'];
    const [again, out] = [this.label(), this.label()];
    const use = rng.pick([
      ['r8 = *(u32 *)(r0 + 0)'],
      ['r7 = r0'],
      ['r8 += 1'],
      ['r8 += 1', 'r8 &= 15'],
      [`if r8 > 5 goto ${out}`, 'r8 += 1'],
      [],
    ]);
    const end = rng.chance(96) ? [...at('r1', place), `call bpf_iter_${kind}_destroy`] : [];
    return around(
      [
        ...at('r1', place),
        ...make,
        `call bpf_iter_${kind}_new`,
        `${again}:`,
        ...at('r1', place),
        `call bpf_iter_${kind}_next`,
        `if r0 == 0 goto ${out}`,
        ...use,
      ],
      this.holding(place, depth, rng.below(4)),
      [`goto ${again}`, `${out}:`, ...end],
    );
  }

  private section(depth: number): Block {
    const { rng } = this;
    const left = rng.chance(97);
    const kind = rng.below(3);
    const n = 1 + rng.below(3);
    if (kind === 0 && (!this.inRcu || rng.chance(3))) {
      const before = this.inRcu;
      this.inRcu = true;
      const body = this.blocks(depth + 1, n);
      this.inRcu = before;
      return around(['call bpf_rcu_read_lock'], body, left ? ['call bpf_rcu_read_unlock'] : []);
    }
    const place = this.free(FLAGS);
    if (kind === 2 && (!this.live.includes(place) || rng.chance(3)))
      return around(
        [...at('r1', place), 'call bpf_local_irq_save'],
        this.holding(place, depth, n),
        left ? [...at('r1', place), 'call bpf_local_irq_restore'] : [],
      );
    return around(
      ['call bpf_preempt_disable'],
      this.blocks(depth + 1, n),
      left ? ['call bpf_preempt_enable'] : [],
    );
  }

  private branch(depth: number): Block {
    const { rng } = this;
    const [other, join] = [this.label(), this.label()];
    const test = rng.pick(['r8 > 3', 'r8 == 5', 'r7 == 0', 'r9 == 0', 'w8 s< 2']);
    const body = this.blocks(depth + 1, 1 + rng.below(3));
    if (rng.chance(50)) return around([`if ${test} goto ${other}`], body, [`${other}:`]);
    const [first, ...rest] = body;
    return around(
      [`if ${test} goto ${other}`],
      [first, line(`goto ${join}`, `${other}:`), ...rest],
      [`${join}:`],
    );
  }

  private task(depth: number): Block {
    const { rng } = this;
    const out = this.label();
    const kind = rng.below(3);
    const body = depth < MAX_DEPTH ? this.blocks(depth + 1, rng.below(3)) : [];
    if (kind === 2)
      return around(
        [
          'r1 = ring ll',
          'r2 = 16',
          'r3 = 0',
          'call bpf_ringbuf_reserve',
          `if r0 == 0 goto ${out}`,
          'r9 = r0',
        ],
        body,
        [...(rng.chance(95) ? ['r1 = r9', 'r2 = 0', 'call bpf_ringbuf_discard'] : []), 'r9 = 0', `${out}:`],
      );
    const make = kind === 0 ? ['r1 = 1', 'call bpf_task_from_pid'] : ['r1 = 1', 'call bpf_cgroup_from_id'];
    const release = kind === 0 ? 'call bpf_task_release' : 'call bpf_cgroup_release';
    return around([...make, `if r0 == 0 goto ${out}`, 'r9 = r0'], body, [
      ...(rng.chance(95) ? ['r1 = r9', release] : []),
      ...(rng.chance(90) ? ['r9 = 0'] : []),
      `${out}:`,
    ]);
  }

  private lookup(): Block {
    return line(
      ...this.find(),
      'r7 = r0',
      ...(this.rng.chance(50) ? ['if r7 == 0 goto +1', 'r8 = *(u32 *)(r7 + 4)'] : []),
    );
  }

  private call(): Block {
    const { rng } = this;
    if (rng.chance(60)) return line('r1 = r6', 'call helper');
    return line(
      `r1 = ${rng.pick(['4', 'r8'])}`,
      'r2 = callback ll',
      ...(rng.chance(50) ? ['r3 = 0'] : at('r3', SPILLS[0])),
      'r4 = 0',
      'call bpf_loop',
    );
  }

  private spill(): Block {
    const { rng } = this;
    const place = rng.pick(SPILLS);
    const reg = rng.pick(['r7', 'r8', 'r9']);
    return line(
      rng.chance(50)
        ? `*(u64 *)(r10 - ${place}) = ${reg}`
        : `${rng.pick(['r7', 'r8'])} = *(u64 *)(r10 - ${place})`,
    );
  }

  private access(): Block {
    const { rng } = this;
    const reg = rng.pick(['r7', 'r7', 'r9']);
    const touch = rng.chance(60)
      ? `r8 = *(u8 *)(${reg} + ${rng.below(9)})`
      : `*(u8 *)(${reg} + ${rng.below(9)}) = 1`;
    return line(`if ${reg} == 0 goto +1`, touch);
  }

  /** Now and then something that should not be. */
  private stray(): Block {
    const { rng } = this;
    return line(
      ...rng.pick([
        [`*(u64 *)(r10 - ${rng.pick(DYNPTRS)}) = 0`],
        [`*(u8 *)(r10 - ${rng.pick([...NUMS, BITS, TASKS, ...FLAGS])}) = 0`],
        [`r8 = *(u64 *)(r10 - ${rng.pick([...DYNPTRS, ...NUMS])})`],
        ['r1 = 0', 'call bpf_throw'],
        ['r1 = r6', 'r2 = 20', 'call bpf_skb_pull_data'],
        ['call bpf_rcu_read_unlock'],
        [...at('r1', SCRATCH), 'r2 = 8', 'r3 = 0', 'r4 = 0', 'call bpf_copy_from_user_str'],
        ['r8 &= 7', ...at('r1', 40), 'r1 += r8', '*(u8 *)(r1 + 0) = 1'],
      ]),
    );
  }
}

interface Difference {
  readonly line: number;
  readonly kernel: string;
  readonly ours: string;
}
type Outcome = 'accept' | 'reject' | 'unsupported' | Difference;

/** Times 4096 instructions of one program. */
const MAX_ROUNDS = 6;

function compare(text: string): Outcome {
  const kfuncId = (name: string): number | null => runningBtf().findByName(name, 'func');
  const { object, diagnostics } = assemble(text, { helperId, kfuncId });
  if (object === null) throw new Error(`${diagnostics[0].line}: ${diagnostics[0].message}\n${text}`);
  const spec = loadElf(object, 'fuzz', { vmlinux: null });
  const session = openObject(spec, { vmlinux: runningBtf, timer: () => 0 });
  let rounds = 0;
  const [prog] = spec.programs;
  const ours = loadInCore(session, prog, {
    level: 2,
    onEvent: null,
    shouldStop: () => ++rounds > MAX_ROUNDS,
  });
  if (ours.verdict === 'unsupported' || ours.verdict === 'error') return 'unsupported';
  const object2 = openOnKernel(spec);
  try {
    const kernel = loadOnKernel(spec, prog, object2, 2);
    if (kernel === null) throw new Error(object2.problem ?? 'no map');
    if (kernel.fd !== null) closeFd(kernel.fd);
    const a = `${normalizeLog(kernel.log)}errno ${kernel.errno}`.split('\n');
    const b = `${normalizeLog(ours.log)}errno ${ours.errno ?? 0}`.split('\n');
    const first = a.findIndex((l, i) => l !== b[i]);
    if (first < 0 && a.length === b.length) return ours.verdict;
    const n = first < 0 ? a.length : first;
    return { line: n + 1, kernel: a[n] ?? '(end)', ours: b[n] ?? '(end)' };
  } finally {
    object2.close();
  }
}

/** Every list of blocks with one of them gone, or replaced by its body. */
function* smaller(blocks: readonly Block[]): IterableIterator<readonly Block[]> {
  for (let i = 0; i < blocks.length; i++) {
    const [before, b, after] = [blocks.slice(0, i), blocks[i], blocks.slice(i + 1)];
    yield [...before, ...after];
    if (b.body.length > 0) yield [...before, ...b.body, ...after];
    for (const body of smaller(b.body)) yield [...before, { ...b, body }, ...after];
  }
}

const differs = (p: Program): boolean => {
  try {
    return typeof compare(textOf(p)) !== 'string';
  } catch {
    // A label went with its block.
    return false;
  }
};

function shrink(p: Program): Program {
  for (const part of ['callback', 'sub', 'main'] as const) {
    for (const blocks of smaller(p[part])) {
      const next = { ...p, [part]: blocks };
      if (differs(next)) return shrink(next);
    }
  }
  return p;
}

function main(): void {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, seconds: { type: 'string' }, out: { type: 'string' } },
  });
  const out = values.out ?? '/tmp/fuzz-calls';
  const until = Date.now() + 1000 * Number(values.seconds ?? 30);
  const tally = { accept: 0, reject: 0, unsupported: 0, differ: 0 };
  for (let seed = Number(values.seed ?? 1); Date.now() < until; seed++) {
    const rng = new Rng(seed);
    const skb = rng.chance(80);
    const program = new Generator(rng, skb).program(skb ? 'tc' : 'syscall');
    const result = compare(textOf(program));
    if (typeof result === 'string') {
      tally[result]++;
      continue;
    }
    tally.differ++;
    mkdirSync(out, { recursive: true });
    const small = textOf(shrink(program));
    writeFileSync(join(out, `${seed}.s`), small);
    const found = compare(small);
    if (typeof found !== 'string')
      process.stdout.write(
        `seed ${seed} line ${found.line}\n  kernel: ${found.kernel}\n  ours:   ${found.ours}\n`,
      );
  }
  process.stdout.write(`${JSON.stringify(tally)}\n`);
}

main();
