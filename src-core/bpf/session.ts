import { type VmlinuxSource, vmlinuxOf } from '../btf/vmlinux.ts';
import type { ObjectSpec, ProgramSpec } from '../object/spec.ts';
import { InternalError } from '../util/assert-never.ts';
import type { VerifierStats, VerifyOptions, VerifyResult } from '../verifier/api.ts';
import { SimKernel } from './kernel.ts';
import { fillProgramSlots, type Instantiated, instantiateMaps, patchFds, progLoadAttr } from './loader.ts';

/** An object in a simulated kernel: maps made, programs ready to be loaded one by one. */
export interface ObjectSession {
  readonly kernel: SimKernel;
  readonly spec: ObjectSpec;
  readonly maps: Instantiated;
}

export interface SessionOptions {
  readonly vmlinux: VmlinuxSource;
  /** Monotonic nanoseconds. */
  readonly timer: () => number;
}

/** Makes the object's maps in a kernel (bpf_object__load() up to the programs). */
export function openIn(kernel: SimKernel, spec: ObjectSpec): ObjectSession {
  const options = { cpus: kernel.rt.options.cpus, vmlinux: kernel.vmlinux };
  return { kernel, spec, maps: instantiateMaps(kernel, spec, options) };
}

/** The same in a kernel of its own. */
export function openObject(spec: ObjectSpec, options: SessionOptions): ObjectSession {
  return openIn(SimKernel.create(options), spec);
}

/** What became of one program, flat, for tables and JSON. */
export interface LoadOutcome {
  readonly verdict: 'accept' | 'reject' | 'unsupported' | 'error';
  /** Positive errno, or null. */
  readonly errno: number | null;
  /** The line that explains the verdict: the verifier's last error, what is unsupported, why it cannot load. */
  readonly message: string | null;
  /** Slot at which the verifier stopped, or null. */
  readonly at: number | null;
  readonly log: string;
  /** Characters that the log lost at its beginning. */
  readonly logStart: number;
  readonly stats: VerifierStats;
  /** fd of the loaded program, or null. */
  readonly fd: number | null;
}

const NO_STATS: VerifierStats = {
  processed: 0,
  maxStatesPerInsn: 0,
  totalStates: 0,
  peakStates: 0,
  markRead: 0,
};

function without(verdict: LoadOutcome['verdict'], message: string, errno: number | null = null): LoadOutcome {
  return { verdict, errno, message, at: null, log: '', logStart: 0, stats: NO_STATS, fd: null };
}

function ofVerdict(v: VerifyResult, fd: number | null): LoadOutcome {
  const common = { log: v.log, logStart: v.logStart, stats: v.stats, fd };
  switch (v.verdict) {
    case 'accept':
      return { ...common, verdict: 'accept', errno: null, message: null, at: null };
    case 'reject':
      return { ...common, verdict: 'reject', errno: v.errno, message: v.message, at: v.at };
    default:
      return { ...common, verdict: 'unsupported', errno: null, message: v.what, at: v.at };
  }
}

/** Loads one program of an object: verify, fix up, compile. */
export function loadProgram(
  session: ObjectSession,
  prog: ProgramSpec,
  options: Pick<VerifyOptions, 'onEvent' | 'shouldStop'> & {
    readonly level: number;
    /** Characters of log to keep. */
    readonly logSize?: number;
  },
): LoadOutcome {
  const { kernel, spec, maps } = session;
  if (prog.loadError !== null) return without('error', prog.loadError);
  if (!maps.ok) return without('error', `map ${maps.map} cannot be created: errno ${maps.errno}`, maps.errno);
  const patched = patchFds(prog, maps.fds, () => vmlinuxOf(kernel.vmlinux));
  if (!patched.ok) return without('unsupported', patched.what);
  const attr = progLoadAttr(spec, prog, { insns: patched.insns, btfFd: maps.btfFd });
  const result = kernel.call('PROG_LOAD', {
    ...attr,
    logLevel: options.level,
    ...(options.logSize === undefined ? {} : { logSize: options.logSize }),
    watch: { onEvent: options.onEvent, shouldStop: options.shouldStop },
  });
  const verdict = (result.ok ? result.verdict : result.partial?.verdict) ?? null;
  if (!result.ok && (verdict === null || verdict.verdict === 'accept'))
    return without('reject', `the system call refuses it: errno ${result.errno}`, result.errno);
  if (verdict === null) throw new InternalError('a program was loaded without a verdict');
  if (result.ok) fillProgramSlots(kernel, spec, maps.fds, { name: prog.name, fd: result.fd });
  return ofVerdict(verdict, result.ok ? result.fd : null);
}
