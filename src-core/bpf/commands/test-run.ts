import { contextOf } from '../../sim/context-of.ts';
import { BPF_F_TEST_SKB_CHECKSUM_COMPLETE } from '../../uapi/bpf.ts';
import { EINVAL, ENOSPC, ENOTSUPP } from '../../uapi/errno.ts';
import { BPF_ATTACH_TYPE, BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { Activation } from '../../vm/activation.ts';
import { DEFAULT_FUEL } from '../../vm/engine.ts';
import { VmFault } from '../../vm/fault.ts';
import { runRepeatedly } from '../../vm/run.ts';
import type { Result, TestRunAttr, TestRunOut } from '../api.ts';
import type { ProgObject } from '../objects.ts';
import type { KernelState } from '../state.ts';

/** A test run's answer, with what only the simulated kernel can tell of it. */
export type TestRunResult =
  | (TestRunOut & {
      readonly ok: true;
      /** Lines that bpf_trace_printk() wrote during the run. */
      readonly trace: readonly string[];
    })
  | {
      readonly ok: false;
      readonly errno: number;
      readonly why: string;
      /** Slot of the program as it was loaded at which the run stopped, when it did. */
      readonly insn: number | null;
    };

const EMPTY = new Uint8Array(0);
const refuse = (errno: number, why: string, insn: number | null = null): TestRunResult => ({
  ok: false,
  errno,
  why,
  insn,
});

/** XDP programs that run where a frame was redirected to. */
const isForDevice = ({ type, expectedAttachType }: ProgObject['attr']): boolean =>
  type === BPF_PROG_TYPE.xdp &&
  (expectedAttachType === BPF_ATTACH_TYPE.xdp_devmap || expectedAttachType === BPF_ATTACH_TYPE.xdp_cpumap);

/** BPF_PROG_TEST_RUN on a simulated packet or context (net/bpf/test_run.c, Linux 6.18). */
export function testRun(state: KernelState, attr: TestRunAttr): TestRunResult {
  const { rt } = state;
  const prog = state.progAt(attr.progFd);
  if (prog === null) {
    return refuse(state.wrongFd(attr.progFd), `fd ${attr.progFd} is no program`);
  }
  if (isForDevice(prog.attr)) return refuse(EINVAL, 'programs of a devmap or cpumap have no test run');
  const made = contextOf(prog.attr.type, rt, { data: attr.dataIn ?? EMPTY, ctx: attr.ctxIn ?? EMPTY });
  if (made === null) return refuse(ENOTSUPP, 'programs of this type cannot be run yet');
  if (!made.ok) return refuse(made.errno, made.why);
  const { context } = made;
  const traceStart = rt.trace.length;
  try {
    const activations = { prog, attr, ctx: context.address, packet: context.packet };
    const { retval, durationNs } = repeat(state, activations);
    return {
      ok: true,
      retval,
      durationNs,
      dataOut: context.dataOut(),
      ctxOut: context.ctxOut(),
      trace: rt.trace.slice(traceStart),
    };
  } catch (e) {
    if (e instanceof VmFault) return refuse(EINVAL, e.message, e.insn);
    throw e;
  } finally {
    context.dispose();
  }
}

interface Runs {
  readonly prog: ProgObject;
  readonly attr: TestRunAttr;
  readonly ctx: number;
  readonly packet: Activation['packet'];
}

/** bpf_test_run(): the last run's result counts. */
function repeat(
  { rt, options }: KernelState,
  { prog, attr, ctx, packet }: Runs,
): { readonly retval: number; readonly durationNs: number } {
  const runs = Math.max(1, attr.repeat ?? 1);
  const init = {
    program: prog.runnable,
    engine: attr.engine ?? 'jit',
    ctx,
    packet,
    task: rt.options.task,
    cpu: attr.cpu ?? 0,
    fuel: DEFAULT_FUEL,
  } as const;
  const activation = new Activation(init);
  const start = options.timer();
  runRepeatedly(rt, activation, runs);
  return { retval: activation.r0Lo >>> 0, durationNs: Math.round((options.timer() - start) / runs) };
}

const NET = { flags: BPF_F_TEST_SKB_CHECKSUM_COMPLETE, cpu: false } as const;
/** What a test run of each type may be told; types that are not here have none in the kernel. */
const RULES = new Map<number, { readonly flags: number; readonly cpu: boolean }>([
  [BPF_PROG_TYPE.socket_filter, NET],
  [BPF_PROG_TYPE.sched_cls, NET],
  [BPF_PROG_TYPE.sched_act, NET],
  [BPF_PROG_TYPE.cgroup_skb, NET],
  [BPF_PROG_TYPE.xdp, { flags: 0, cpu: true }],
]);

/** The same as a command: with the kernel's limits, and results cut to the room that the caller has for them. */
export function testRunCommand(state: KernelState, attr: TestRunAttr): Result<TestRunOut> {
  const prog = state.progAt(attr.progFd);
  if (prog === null) return { ok: false, errno: state.wrongFd(attr.progFd) };
  const rule = RULES.get(prog.attr.type);
  if (rule === undefined) return { ok: false, errno: ENOTSUPP };
  const told = ((attr.flags ?? 0) & ~rule.flags) !== 0 || (attr.batchSize ?? 0) !== 0;
  if (told || ((attr.cpu ?? 0) !== 0 && !rule.cpu)) return { ok: false, errno: EINVAL };
  const run = testRun(state, { ...attr, cpu: 0 });
  if (!run.ok) return { ok: false, errno: run.errno };
  const ctxRoom = attr.ctxSizeOut ?? attr.ctxIn?.length ?? 0;
  const dataOut = run.dataOut.slice(0, attr.dataSizeOut ?? run.dataOut.length);
  const ctxOut = run.ctxOut.slice(0, ctxRoom);
  const out = { retval: run.retval, durationNs: run.durationNs, dataOut, ctxOut };
  const cut = dataOut.length < run.dataOut.length || (ctxRoom > 0 && ctxRoom < run.ctxOut.length);
  return cut ? { ok: false, errno: ENOSPC, partial: out } : { ok: true, ...out };
}
