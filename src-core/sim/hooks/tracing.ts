import { type EventArguments, makeArguments } from '../arguments.ts';
import type { ContextMade } from '../context.ts';
import type { Firing, HookPoint, HostEvent } from '../events.ts';
import { fromHex, toHex } from '../hex.ts';
import type { Host } from '../host.ts';
import { rawContext } from '../raw-context.ts';

type Event<K extends HostEvent['kind']> = Extract<HostEvent, { kind: K }>;

/** Offsets in struct pt_regs of x86-64. */
const REGS = {
  r9: 64,
  r8: 72,
  ax: 80,
  cx: 88,
  dx: 96,
  si: 104,
  di: 112,
  origAx: 120,
  ip: 128,
  sp: 152,
} as const;
const REGS_SIZE = 168;
/** Registers of a function's arguments, and of a system call's. */
const FUNCTION_ARGS = [REGS.di, REGS.si, REGS.dx, REGS.cx, REGS.r8, REGS.r9];
const R10 = 56;
const SYSCALL_ARGS = [REGS.di, REGS.si, REGS.dx, R10, REGS.r8, REGS.r9];
/** Fields that every tracepoint record starts with. */
const COMMON = 8;
/** Programs of a tracepoint get its record, and behind it nothing. */
const SYSCALL_RECORD = 64;

const noVerdict = (): null => null;

/** Little-endian 64-bit words. */
function words(values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 8);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => {
    view.setUint32(i * 8, value >>> 0, true);
    view.setInt32(i * 8 + 4, Math.floor(value / 2 ** 32), true);
  });
  return out;
}

function registers(places: readonly number[], values: readonly number[], result: number | null): Uint8Array {
  const out = new Uint8Array(REGS_SIZE);
  values.slice(0, places.length).forEach((value, i) => {
    out.set(words([value]), places[i]);
  });
  if (result !== null) out.set(words([result]), REGS.ax);
  return out;
}

/** All programs of a hook on the same context; none keeps another from running. */
function runAll(host: Host, point: HookPoint, ctx: Uint8Array): Firing[] {
  const context = (): ContextMade => rawContext(host.rt, { data: new Uint8Array(0), ctx });
  return host.at(point).map((attached) => host.run(attached, { point, context, verdict: noVerdict }).firing);
}

/** Makes an event's arguments, in memory where they point there, for as long as it lasts. */
function withArguments<T>(
  host: Host,
  event: { readonly args: EventArguments },
  act: (args: number[]) => T,
): T {
  const made = makeArguments(host.rt, event.args);
  try {
    return act(made.values);
  } finally {
    made.dispose();
  }
}

/** trace_sys_enter() and its tracepoint, the function of the call with its probes, trace_sys_exit(). */
export function fireSyscall(host: Host, event: Event<'syscall'>): Firing[] {
  return withArguments(host, event, (args) => {
    const enter = new Uint8Array(SYSCALL_RECORD);
    enter.set(words([event.nr, ...args.slice(0, 6)]), COMMON);
    const exit = new Uint8Array(COMMON + 16);
    exit.set(words([event.nr, event.ret]), COMMON);
    const regs = makeArguments(host.rt, [{ bytes: toHex(registers(SYSCALL_ARGS, args, null)) }]);
    const name = `__x64_sys_${event.name}`;
    const tracepoint = (stage: string): HookPoint => ({
      hook: 'tracepoint',
      category: 'syscalls',
      name: `sys_${stage}_${event.name}`,
    });
    try {
      return [
        ...runAll(host, { hook: 'raw_tracepoint', name: 'sys_enter' }, words([regs.values[0], event.nr])),
        ...runAll(host, tracepoint('enter'), enter),
        ...runProbes(host, name, { args: regs.values, ret: event.ret }),
        ...runAll(host, { hook: 'raw_tracepoint', name: 'sys_exit' }, words([regs.values[0], event.ret])),
        ...runAll(host, tracepoint('exit'), exit),
      ];
    } finally {
      regs.dispose();
    }
  });
}

/** A function's probes: at its entry by registers and by arguments, and at its return. */
function runProbes(
  host: Host,
  name: string,
  { args, ret }: { readonly args: readonly number[]; readonly ret: number },
): Firing[] {
  return [
    ...runAll(host, { hook: 'kprobe', name }, registers(FUNCTION_ARGS, args, null)),
    ...runAll(host, { hook: 'fentry', name }, words(args)),
    ...runAll(host, { hook: 'fexit', name }, words([...args, ret])),
    ...runAll(host, { hook: 'kretprobe', name }, registers(FUNCTION_ARGS, [], ret)),
  ];
}

export function fireFunction(host: Host, event: Event<'function'>): Firing[] {
  return withArguments(host, event, (args) => runProbes(host, event.name, { args, ret: event.ret }));
}

export function fireTracepoint(host: Host, { category, name, record }: Event<'tracepoint'>): Firing[] {
  const bytes = fromHex(record);
  const ctx = new Uint8Array(COMMON + bytes.length);
  ctx.set(bytes, COMMON);
  return runAll(host, { hook: 'tracepoint', category, name }, ctx);
}

export function fireRawTracepoint(host: Host, event: Event<'rawTracepoint'>): Firing[] {
  return withArguments(host, event, (args) =>
    runAll(host, { hook: 'raw_tracepoint', name: event.name }, words(args)),
  );
}

/** struct bpf_perf_event_data: registers, then the period and the address of the sample. */
export function fireSample(host: Host, event: Event<'sample'>): Firing[] {
  const ctx = new Uint8Array(REGS_SIZE + 16);
  ctx.set(words([event.period, 0]), REGS_SIZE);
  return runAll(host, { hook: 'perf_event' }, ctx);
}

/** Security modules are asked one after the other; the first that refuses decides. */
export function fireLsm(host: Host, event: Event<'lsm'>): Firing[] {
  return withArguments(host, event, (args) => {
    const point: HookPoint = { hook: 'lsm', name: event.hook };
    const firings: Firing[] = [];
    // The last argument of a program is what was answered so far.
    for (const attached of host.at(point)) {
      const ctx = words([...args, 0]);
      const result = host.run(attached, {
        point,
        context: () => rawContext(host.rt, { data: new Uint8Array(0), ctx }),
        verdict: (retval) => (retval === 0 ? 'allowed' : `denied (${retval | 0})`),
      });
      firings.push(result.firing);
      if (result.retval !== null && result.retval !== 0) break;
    }
    return firings;
  });
}
