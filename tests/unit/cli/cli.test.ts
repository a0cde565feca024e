import { mkdirSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordTape } from '../../../src-core/bpf/tape.ts';
import { writePcap } from '../../../src-core/sim/pcap.ts';
import { buildCommand, type CliRun, Workplace } from './run-cli.ts';

const ACCEPTED = '.section "xdp"\ngood:\n  r0 = 2\n  exit\n';
const REJECTED = '.section "tc"\nbad:\n  exit\n';
/** A map by its place in fd_array, which no loader here makes. */
const UNSUPPORTED =
  '.section "xdp"\nodd:\n  .insn 0x18, 1, 5, 0, 0\n  .insn 0, 0, 0, 0, 0\n  r0 = 0\n  exit\n';
const FRAME = Uint8Array.of(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x41, 0x42);

const work = new Workplace();
const xlated = (...args: readonly string[]): CliRun => work.run(args);

beforeAll(() => {
  buildCommand();
  work.put('good.s', ACCEPTED);
  work.put('bad.s', REJECTED);
  work.put('odd.s', UNSUPPORTED);
  work.put('both.s', ACCEPTED + REJECTED);
  work.put(
    'write.s',
    'r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr4 = r2\nr4 += 1\nif r4 > r3 goto out\n*(u8 *)(r2 + 0) = 0x7a\nout:\nr0 = 3\nexit\n',
  );
  work.put('mark.s', '.section "tc"\nr2 = 7\n*(u32 *)(r1 + 8) = r2\nr0 = 0\nexit\n');
  work.put('frame', FRAME);
  work.put('short', FRAME.subarray(0, 6));
}, 120_000);
afterAll(() => work.remove());

/** No stack trace of ours ever reaches a person. */
function isTidy({ err }: CliRun): void {
  expect(err).not.toMatch(/^\s+at .*\d+:\d+\)?$/m);
}

describe('xlated verify --json', () => {
  it('prints one object a line for every program, with exactly the fields of the interface', () => {
    const { out, status } = xlated('verify', '--json', 'both.s');
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(1);
    expect(rows.map((r) => r.prog)).toEqual(['good', 'bad']);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual([
        'file',
        'prog',
        'section',
        'type',
        'verdict',
        'errno',
        'message',
        'processed',
        'maxStatesPerInsn',
        'totalStates',
        'peakStates',
        'markRead',
        'durationUs',
        'insns',
      ]);
    }
    expect(rows[0]).toMatchObject({
      file: 'both.s',
      section: 'xdp',
      type: 'xdp',
      verdict: 'accept',
      errno: null,
      message: null,
      processed: 2,
      insns: 2,
    });
    expect(rows[1]).toMatchObject({
      section: 'tc',
      type: 'sched_cls',
      verdict: 'reject',
      errno: 13,
      message: 'R0 !read_ok',
      processed: 1,
    });
    expect(Number.isInteger(rows[0].durationUs)).toBe(true);
  });

  it.each(['1', '2', '4'])('adds the log at level %s', (level) => {
    const row = JSON.parse(xlated('verify', '--json', '--log-level', level, 'good.s').out);
    expect(row.log).toMatch(/processed 2 insns \(limit 1000000\)/);
    expect(row.log.includes('0: R1=ctx() R10=fp0')).toBe(level === '2');
  });

  it('has no log at level 0, which is what it takes when no level is named', () => {
    for (const args of [['--log-level', '0'], []]) {
      expect(JSON.parse(xlated('verify', '--json', ...args, 'good.s').out)).not.toHaveProperty('log');
    }
  });

  it('names what is not modelled and exits with 3', () => {
    const { out, status } = xlated('verify', '--json', 'odd.s');
    expect(status).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'unsupported',
      errno: null,
      message: expect.stringMatching(/\w/),
    });
  });

  it('takes one program of several with --prog', () => {
    const { out, status } = xlated('verify', '--json', '--prog', 'good', 'both.s');
    expect(status).toBe(0);
    expect(JSON.parse(out).prog).toBe('good');
  });
});

describe('xlated verify', () => {
  it('exits with 0 when all are accepted, 1 when some are rejected, 3 when something is unsupported', () => {
    expect(xlated('verify', 'good.s', 'good.s').status).toBe(0);
    expect(xlated('verify', 'good.s', 'bad.s').status).toBe(1);
    expect(xlated('verify', 'good.s', 'bad.s', 'odd.s').status).toBe(3);
  });

  it('says verdict, errno and reason to people, then the log', () => {
    const { out } = xlated('verify', 'bad.s');
    expect(out.split('\n')[0]).toBe('bad.s bad (sched_cls): reject errno 13: R0 !read_ok');
    expect(out).toContain('\n0: (95) exit\nR0 !read_ok\nprocessed 1 insns');
    expect(xlated('verify', '--log-level', '0', 'bad.s').out.trimEnd().split('\n')).toHaveLength(1);
  });

  it('writes each log to its file with --log-dir, and not to the terminal', () => {
    const { out, status } = xlated(
      'verify',
      '--json',
      '--log-level',
      '2',
      '--log-dir',
      'logs/deep',
      'both.s',
    );
    expect(status).toBe(1);
    for (const line of out.trimEnd().split('\n')) expect(JSON.parse(line)).not.toHaveProperty('log');
    expect(readdirSync(work.path('logs/deep')).sort()).toEqual(['both.s__bad.log', 'both.s__good.log']);
    expect(work.get('logs/deep/both.s__bad.log').toString()).toMatch(/R0 !read_ok\nprocessed 1 insns/);
  });

  it('goes on with the other files when one cannot be read, and exits with 2', () => {
    const run = xlated('verify', '--json', 'absent.o', 'good.s');
    expect(run.status).toBe(2);
    expect(JSON.parse(run.out).verdict).toBe('accept');
    expect(run.err).toContain('absent.o');
    isTidy(run);
  });
});

describe('xlated run', () => {
  it('prints what bpftool prints: return value and duration', () => {
    const { out, status } = xlated('run', '--data-in', 'frame', 'good.s');
    expect(status).toBe(0);
    expect(out).toMatch(/^Return value: 2, duration: \d+ns\n$/);
    expect(xlated('run', '--data-in', 'frame', '--repeat', '5', 'good.s').out).toMatch(
      /^Return value: 2, duration \(average\): \d+ns\n$/,
    );
  });

  it.each(['jit', 'interp'])('gives return value and duration as JSON, on the %s', (engine) => {
    const { out } = xlated('run', '--engine', engine, '--json', '--data-in', 'frame', 'write.s');
    const result = JSON.parse(out);
    expect(Object.keys(result)).toEqual(['file', 'prog', 'runs', 'maps']);
    const [run] = result.runs;
    expect(Object.keys(run)).toEqual(['retval', 'durationNs', 'dataOut', 'ctxOut', 'error', 'trace']);
    expect(run).toMatchObject({ retval: 3, error: null, trace: [] });
    expect(run.dataOut.slice(0, 4)).toBe('7a00');
    expect(Number.isInteger(run.durationNs)).toBe(true);
  });

  it('runs on several packets in one kernel and gives the maps afterwards', () => {
    work.put(
      'count.s',
      '.map seen, type=array, key=4, value=8, max_entries=4\n.map last, type=hash, key=4, value=8, max_entries=4\n.section "xdp"\ncount:\n*(u32 *)(r10 - 4) = 2\nr1 = seen ll\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 + 0)\nr1 += 1\n*(u64 *)(r0 + 0) = r1\n*(u64 *)(r10 - 16) = r1\nr1 = last ll\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -16\nr4 = 0\ncall bpf_map_update_elem\nr0 = 2\nexit\nout:\nr0 = 0\nexit\n',
    );
    work.put('pcap', Buffer.from(writePcap([FRAME, FRAME].map((data) => ({ data, timeNs: 0 })))));
    const { out, status } = xlated(
      'run',
      '--json',
      '--data-in',
      'frame',
      '--data-in',
      'frame',
      '--pcap',
      'pcap',
      'count.s',
    );
    const result = JSON.parse(out);
    expect([status, result.runs.length]).toEqual([0, 4]);
    expect(result.maps).toEqual([
      { name: 'seen', type: 'array', entries: [['02000000', '0400000000000000']] },
      { name: 'last', type: 'hash', entries: [['02000000', '0400000000000000']] },
    ]);
    expect(xlated('run', '--maps', '--data-in', 'frame', 'count.s').out).toMatch(
      /\nseen \(array\): 1 element\n {2}02000000 = 0100000000000000\n/,
    );
  });

  it('says in JSON why a run could not be made', () => {
    const { out, status } = xlated('run', '--json', '--data-in', 'frame', '--data-in', 'short', 'good.s');
    expect(status).toBe(2);
    const [first, second] = JSON.parse(out).runs;
    expect(first).toMatchObject({ retval: 2, error: null });
    expect(second).toMatchObject({ retval: null, dataOut: null });
    expect(second.error).toMatch(/14 bytes at least \(errno 22\)/);
  });

  it('dumps the packet to the terminal with --data-out -', () => {
    expect(xlated('run', '--data-in', 'frame', '--data-out', '-', 'write.s').out.split('\n')[0]).toBe(
      '0000000: 7a 00 00 00 00 02 02 00  00 00 00 01 41 42        z...........AB',
    );
  });

  it('writes packet and context to files', () => {
    const { status } = xlated('run', '--data-in', 'frame', '--data-out', 'out', 'write.s');
    expect(status).toBe(0);
    expect([...work.get('out')]).toEqual([0x7a, ...FRAME.subarray(1)]);
    xlated('run', '--data-in', 'frame', '--ctx-out', 'ctx', 'mark.s');
    expect(work.get('ctx').readUInt32LE(8)).toBe(7);
  });

  it('takes a context from a file and refuses one that a test run does not take', () => {
    const context = Buffer.alloc(192);
    context.writeUInt32LE(41, 8);
    work.put('ctx-in', context);
    work.put('read-mark.s', '.section "tc"\nr0 = *(u32 *)(r1 + 8)\nr0 += 1\nexit\n');
    expect(xlated('run', '--data-in', 'frame', '--ctx-in', 'ctx-in', 'read-mark.s').out).toMatch(
      /^Return value: 42,/,
    );
    context.writeUInt32LE(1, 0);
    work.put('ctx-in', context);
    const refused = xlated('run', '--data-in', 'frame', '--ctx-in', 'ctx-in', 'read-mark.s');
    expect(refused.status).toBe(2);
    expect(refused.err).toContain('errno 22');
  });

  it('shows the log of a program that is rejected, and exits with 1; with 3 for what is unsupported', () => {
    const { status, err } = xlated('run', '--data-in', 'frame', 'bad.s');
    expect(status).toBe(1);
    expect(err).toContain('R0 !read_ok');
    expect(xlated('run', 'odd.s').status).toBe(3);
  });

  it('wants a choice where a file has several programs', () => {
    const { status, err } = xlated('run', '--data-in', 'frame', 'both.s');
    expect(status).toBe(2);
    expect(err).toMatch(/--prog.*good, bad/);
  });
});

describe('xlated replay', () => {
  const counter =
    '.map seen, type=array, key=4, value=8, max_entries=1\n.section "xdp"\ncount:\nr1 = seen ll\n*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nif r0 == 0 goto out\nr1 = 1\nlock *(u64 *)(r0 + 0) += r1\nr0 = 1\nexit\nout:\nr0 = 2\nexit\n';
  const event = { kind: 'packet', ifindex: 2, direction: 'ingress', data: '00'.repeat(60) } as const;

  it('plays a tape again, and tells when something is not as it was', () => {
    work.put('counter.s', counter);
    expect(xlated('asm', 'counter.s', '-o', 'counter.o').status).toBe(0);
    const how = { name: 'counter', programs: ['count'], events: [event, event] };
    const tape = recordTape(new Uint8Array(work.get('counter.o')), how, () => null);
    work.put('tape.json', JSON.stringify(tape));
    const { out, status } = xlated('replay', 'tape.json');
    expect(status).toBe(0);
    expect(out).toMatch(/^packet\n {2}1\.0\d{5} \[0\] xdp:2 count: 1 XDP_DROP\npacket\n/);
    work.put('other.json', JSON.stringify({ ...tape, maps: [] }));
    const other = xlated('replay', '--json', 'other.json');
    expect([other.status, JSON.parse(other.out).difference]).toEqual([1, expect.stringMatching(/maps/)]);
    expect(xlated('replay', 'counter.s').status).toBe(2);
  });
});

describe('xlated asm and xlated disasm', () => {
  it("are each other's inverse: disassembled text assembles to the same programs", () => {
    for (const name of ['both', 'odd', 'write']) {
      expect(xlated('asm', `${name}.s`, '-o', `${name}.o`).status).toBe(0);
      const text = xlated('disasm', `${name}.o`).out;
      work.put(`${name}-2.s`, text);
      expect(xlated('asm', `${name}-2.s`, '-o', `${name}-2.o`).status).toBe(0);
      expect(xlated('disasm', `${name}-2.o`).out).toBe(text);
      const rows = (file: string) =>
        xlated('verify', '--json', '--log-level', '2', file)
          .out.trimEnd()
          .split('\n')
          .map((line) => ({ ...JSON.parse(line), file: '', durationUs: 0 }));
      expect(rows(`${name}-2.s`)).toEqual(rows(`${name}.s`));
    }
  });

  it('print one program with --prog', () => {
    const { out } = xlated('disasm', '--prog', 'bad', 'both.s');
    expect(out).toContain('bad:');
    expect(out).not.toContain('good:');
  });
});

describe('xlated conformance', () => {
  it('reads a program from standard input and prints r0', () => {
    expect(work.run(['conformance'], 'b7 00 00 00 2a 00 00 00 95 00 00 00 00 00 00 00')).toMatchObject({
      status: 0,
      out: '2a\n',
    });
  });

  it('gives the program its memory', () => {
    expect(work.run(['conformance', '0102'], '7110010000000000 9500000000000000').out.trim()).not.toBe('');
    expect(
      work.run(['conformance', '--engine', 'interp', '01 02'], '7110010000000000 9500000000000000').out,
    ).toBe('2\n');
  });

  it.each([
    ['no hexadecimal', 'zz'],
    ['half an instruction', '95000000'],
    ['no program', ''],
    ['an endless loop', '0500ffff00000000'],
  ])('stops with a message and 2 at %s', (_what, input) => {
    const run = work.run(['conformance'], input);
    expect(run.status).toBe(2);
    expect(run.err).toMatch(/^xlated: /);
    isTidy(run);
  });
});

describe('bad usage', () => {
  it.each([
    ['no command', []],
    ['an unknown command', ['frobnicate']],
    ['a name from Object.prototype', ['constructor']],
    ['no file', ['verify']],
    ['an unknown option', ['verify', '--frob', 'good.s']],
    ['a log level that is none', ['verify', '--log-level', '3', 'good.s']],
    ['a program that is not there', ['verify', '--prog', 'nobody', 'good.s']],
    ['an engine that is none', ['run', '--engine', 'steam', 'good.s']],
    ['a repeat that is no number', ['run', '--repeat', 'x', 'good.s']],
    ['asm without a target', ['asm', 'good.s']],
    ['two files to disassemble', ['disasm', 'good.s', 'bad.s']],
  ])('%s exits with 2 and shows the usage', (_what, args) => {
    const run = xlated(...args);
    expect(run.status).toBe(2);
    expect(run.out + run.err).toContain('xlated verify [--log-level');
    isTidy(run);
  });

  it('help exits with 0', () => {
    expect(xlated('--help').status).toBe(0);
  });
});

describe('files that cannot be used', () => {
  it.each([
    ['an absent file', ['verify', 'nowhere.o']],
    ['a folder', ['verify', '.']],
    ['an absent packet', ['run', '--data-in', 'nowhere', 'good.s']],
    ['a packet out into an absent folder', ['run', '--data-in', 'frame', '--data-out', 'no/where', 'good.s']],
    ['an object out into an absent folder', ['asm', 'good.s', '-o', 'no/where.o']],
    ['logs into a file', ['verify', '--log-dir', 'frame', 'good.s']],
    ['a packet that is too short', ['run', 'good.s']],
  ])('%s: a message that names it, and 2', (_what, args) => {
    const run = xlated(...args);
    expect(run.status).toBe(2);
    expect(run.err).toMatch(/^xlated: /);
    isTidy(run);
  });

  it('assembly with faults: every one with file, line and column', () => {
    work.put('faults.s', 'r0 == 2\nr1 = nonsense\nexit\n');
    const { status, err } = xlated('verify', 'faults.s');
    expect(status).toBe(2);
    expect(err).toMatch(/faults\.s:1:4: .*\n.*faults\.s:2:6: /);
  });

  it('objects that are cut off or overwritten never crash the command', () => {
    xlated('asm', 'odd.s', '-o', 'whole.o');
    const whole = work.get('whole.o');
    mkdirSync(work.path('hostile'));
    const names: string[] = [];
    for (let i = 0; i < 40; i++) {
      const cut = Buffer.from(whole.subarray(0, Math.floor((whole.length * i) / 40)));
      names.push(work.put(`hostile/cut-${i}.o`, cut));
      const hurt = Buffer.from(whole);
      for (let k = 0; k < 8; k++) hurt[(i * 131 + k * 17) % hurt.length] ^= 0xff;
      names.push(work.put(`hostile/hurt-${i}.o`, hurt));
    }
    const run = xlated('verify', '--json', ...names);
    expect([0, 1, 2, 3]).toContain(run.status);
    isTidy(run);
  });
});
