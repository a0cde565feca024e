import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import {
  parseTape,
  recordTape,
  replayTape,
  type Stage,
  setStage,
  type Tape,
} from '../../../src-core/bpf/tape.ts';
import { vmlinuxBtf } from '../../../src-core/cli/load-file.ts';
import { helperId } from '../../../src-core/platform/helper-names.ts';
import type { Firing, HostEvent } from '../../../src-core/sim/events.ts';
import { pointKey } from '../../../src-core/sim/events.ts';
import { toHex } from '../../../src-core/sim/hex.ts';

function objectOf(text: string): Uint8Array {
  const { object, diagnostics } = assemble(text, { helperId });
  if (object === null) throw new Error(`${diagnostics[0].line}: ${diagnostics[0].message}`);
  return object;
}
const stageOf = (text: string, ...programs: readonly string[]): Stage =>
  setStage({ name: 'hooks', object: toHex(objectOf(text)), programs }, vmlinuxBtf);

/** "hook prog retval verdict". */
const told = (firings: readonly Firing[]): string[] =>
  firings.map((f) => `${pointKey(f.point)} ${f.prog} ${f.error ?? f.retval} ${f.verdict ?? '-'}`);

const FRAME = `${'02'.repeat(6)}${'04'.repeat(6)}0800${'45000014000000004006000001020304050607080'.padEnd(60, '0')}`;
const packet = (direction: 'ingress' | 'egress' = 'ingress'): HostEvent => ({
  kind: 'packet',
  ifindex: 2,
  direction,
  data: FRAME,
});

const returning = (section: string, name: string, value: number): string =>
  `.section "${section}"\n${name}:\n    r0 = ${value}\n    exit\n`;

describe('a packet that comes in', () => {
  const all = (xdp: number, tc: number, cgroup: number): string =>
    returning('xdp', 'first', xdp) +
    returning('tcx/ingress', 'second', tc) +
    returning('cgroup_skb/ingress', 'third', cgroup) +
    returning('socket', 'fourth', 20);
  const names = ['first', 'second', 'third', 'fourth'];

  it('passes XDP, tcx, the cgroup and the socket in this order', () => {
    expect(told(stageOf(all(2, 0, 1), ...names).fire(packet()))).toEqual([
      'xdp:2 first 2 XDP_PASS',
      'tcx_ingress:2 second 0 TC_ACT_OK',
      'cgroup_ingress third 1 allowed',
      'socket_filter fourth 20 kept 20 bytes',
    ]);
  });
  it('goes no further than who drops it', () => {
    expect(told(stageOf(all(1, 0, 1), ...names).fire(packet()))).toEqual(['xdp:2 first 1 XDP_DROP']);
    expect(told(stageOf(all(2, 2, 1), ...names).fire(packet()))).toHaveLength(2);
    expect(told(stageOf(all(2, 0, 0), ...names).fire(packet())).at(-1)).toBe(
      'cgroup_ingress third 0 dropped',
    );
  });
  it('is not seen on the way out by programs for the way in', () => {
    expect(stageOf(all(2, 0, 1), ...names).fire(packet('egress'))).toEqual([]);
    const out = returning('cgroup_skb/egress', 'a', 1) + returning('tcx/egress', 'b', 0);
    expect(told(stageOf(out, 'a', 'b').fire(packet('egress')))).toEqual([
      'cgroup_egress a 1 allowed',
      'tcx_egress:2 b 0 TC_ACT_OK',
    ]);
  });
  it('is another one behind a program that writes to it', () => {
    const text = `.section "xdp"
w:
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 14
    r0 = 2
    if r4 > r3 goto out
    *(u8 *)(r2 + 0) = 9
out:
    exit
.section "tcx/ingress"
t:
    r0 = *(u32 *)(r1 + 40)
    r0 -= 3
    exit
`;
    const [xdp, tc] = stageOf(text, 'w', 't').fire(packet());
    expect([xdp.data?.slice(0, 4), tc.data?.slice(0, 4)]).toEqual(['0902', '0902']);
    // ifindex 2 less 3 is TCX_NEXT.
    expect(tc).toMatchObject({ retval: 0xffffffff, verdict: 'TCX_NEXT' });
  });
});

const OPENAT = `.map names, type=hash, key=4, value=16, max_entries=8
.section "tracepoint/syscalls/sys_enter_openat"
enter:
    r3 = *(u64 *)(r1 + 24)
    r1 = r10
    r1 += -16
    r2 = 16
    call bpf_probe_read_user_str
    r6 = r0
    r0 = 0
    *(u32 *)(r10 - 20) = 1
    r1 = names ll
    r2 = r10
    r2 += -20
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    r0 = r6
    exit
.section "tracepoint/syscalls/sys_exit_openat"
leave:
    r0 = *(u64 *)(r1 + 16)
    exit
.section "kprobe/__x64_sys_openat"
probe:
    r0 = *(u64 *)(r1 + 112)
    if r0 == 0 goto out
    r0 = 7
out:
    exit
.section "raw_tp/sys_enter"
raw:
    r0 = *(u64 *)(r1 + 8)
    exit
`;
const OPEN: HostEvent = {
  kind: 'syscall',
  name: 'openat',
  nr: 257,
  args: [0xffffff9c, { text: '/etc/passwd' }, 0, 0],
  ret: 3,
};

describe('a system call', () => {
  const stage = stageOf(OPENAT, 'enter', 'leave', 'probe', 'raw');
  it('passes its tracepoints and the probes of its function, with its arguments', () => {
    expect(told(stage.fire(OPEN))).toEqual([
      'raw_tracepoint:sys_enter raw 257 -',
      'tracepoint:syscalls/sys_enter_openat enter 12 -',
      'kprobe:__x64_sys_openat probe 7 -',
      'tracepoint:syscalls/sys_exit_openat leave 3 -',
    ]);
  });
  it('leaves what programs read of it in maps', () => {
    const [[, value]] = stage.maps()[0].entries;
    expect(Buffer.from(value, 'hex').toString('latin1')).toBe('/etc/passwd\0\0\0\0\0');
  });
});

it('a kernel function is seen at its entry and its return', () => {
  const text =
    '.section "kprobe/do_unlinkat"\nin:\n    r0 = *(u64 *)(r1 + 112)\n    exit\n.section "kretprobe/do_unlinkat"\nout:\n    r0 = *(u64 *)(r1 + 80)\n    exit\n';
  const event: HostEvent = { kind: 'function', name: 'do_unlinkat', args: [5], ret: 9 };
  expect(told(stageOf(text, 'in', 'out').fire(event))).toEqual([
    'kprobe:do_unlinkat in 5 -',
    'kretprobe:do_unlinkat out 9 -',
  ]);
});

it('a sample of a perf event has its period', () => {
  const text = '.section "perf_event"\nsample:\n    r0 = *(u64 *)(r1 + 168)\n    exit\n';
  expect(told(stageOf(text, 'sample').fire({ kind: 'sample', period: 4000 }))).toEqual([
    'perf_event sample 4000 -',
  ]);
});

it('a program that cannot run says why, and the event goes on', () => {
  const text = `${returning('xdp', 'good', 2)}.section "tcx/ingress"\nbad:\n    call bpf_get_socket_cookie\n    r0 = 0\n    exit\n${returning('socket', 'last', 1)}`;
  const firings = stageOf(text, 'good', 'bad', 'last').fire(packet());
  expect(firings.map((f) => f.error)).toEqual([null, expect.stringMatching(/not simulated yet/), null]);
});

describe('links', () => {
  it('keep a program at its hook as long as they are', () => {
    const { session, fire } = stageOf(returning('xdp', 'only', 1), 'only');
    const { kernel } = session;
    expect(fire(packet())).toHaveLength(1);
    const next = kernel.call('LINK_GET_NEXT_ID', { startId: 0 });
    const link = kernel.call('LINK_GET_FD_BY_ID', { id: next.ok ? next.nextId : 0 });
    if (!link.ok) throw new Error('no link');
    expect(kernel.call('LINK_DETACH', { linkFd: link.fd })).toEqual({ ok: true });
    expect(fire(packet())).toEqual([]);
  });
});

describe('a tape', () => {
  const events: HostEvent[] = [OPEN, { kind: 'time', ns: 5_000_000 }, OPEN];
  const tape = recordTape(
    objectOf(OPENAT),
    { name: 'openat', programs: ['enter', 'leave', 'probe', 'raw'], events },
    vmlinuxBtf,
  );
  const again = parseTape(JSON.stringify(tape));

  it('plays again to the same, byte for byte', () => {
    expect(replayTape(again, vmlinuxBtf)).toEqual({ firings: tape.firings, difference: null });
    expect(tape.firings[2][0].at).toBeGreaterThanOrEqual(5_000_000 + tape.firings[0][0].at);
  });
  it('tells the first event that is not as it was', () => {
    const changed: Tape = { ...again, events: [OPEN, { ...OPEN, ret: 4 } as HostEvent, OPEN] };
    expect(replayTape(changed, vmlinuxBtf).difference).toMatch(/^event 2: /);
    expect(replayTape({ ...again, maps: [] }, vmlinuxBtf).difference).toMatch(/maps/);
  });
  it.each(['', '{}', '{"version":1}', '[1]'])('is not any text: %s', (text) => {
    expect(() => parseTape(text)).toThrow(/tape/);
  });
});

describe('programs from C', () => {
  const object = (name: string): Uint8Array =>
    new Uint8Array(readFileSync(fileURLToPath(new URL(`../../objects/${name}.bpf.o`, import.meta.url))));
  it('an XDP counter counts what comes in', () => {
    const stage = setStage(
      { name: 'c', object: toHex(object('xdp_counter')), programs: ['count'] },
      vmlinuxBtf,
    );
    for (let i = 0; i < 3; i++) stage.fire(packet());
    expect(stage.maps().some((m) => m.entries.some(([, value]) => value.includes('03000000')))).toBe(true);
  });
});
