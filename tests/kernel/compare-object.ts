import { loadProgram as loadInCore, openObject } from '../../src-core/bpf/session.ts';
import type { Btf } from '../../src-core/btf/btf.ts';
import { loadElf } from '../../src-core/object/load.ts';
import type { ObjectSpec } from '../../src-core/object/spec.ts';
import { loadOnKernel, openOnKernel } from './load-on-kernel.ts';
import { closeFd, normalizeLog } from './oracle.ts';

/** One program on both sides. */
export interface Comparison {
  readonly file: string;
  readonly prog: string;
  readonly section: string;
  /** What our side said; "unsupported" and "error" are not compared further. */
  readonly ours: 'accept' | 'reject' | 'unsupported' | 'error';
  readonly kernel: 'accept' | 'reject' | 'none';
  readonly sameVerdict: boolean;
  readonly sameErrorLine: boolean;
  readonly sameCounters: boolean;
  readonly sameLog: boolean;
  /** Why it was not compared, or null. */
  readonly note: string | null;
  /** First line that differs: number from 1, theirs, ours. */
  readonly firstDifference: { readonly line: number; readonly kernel: string; readonly ours: string } | null;
}

const COUNTERS = /^processed \d+ insns .*$/m;
const counters = (log: string): string => COUNTERS.exec(log)?.[0] ?? '';

/** The last line before the counters: the reason of a refusal. */
function errorLine(log: string): string {
  const lines = log
    .trimEnd()
    .split('\n')
    .filter((l) => !COUNTERS.test(l) && !/^(verification time|stack depth)/.test(l));
  return lines.at(-1) ?? '';
}

function firstDifference(kernel: string, ours: string): Comparison['firstDifference'] {
  const a = kernel.split('\n');
  const b = ours.split('\n');
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return { line: i + 1, kernel: a[i] ?? '(end)', ours: b[i] ?? '(end)' };
  }
  return null;
}

/** The running kernel refuses tracing, LSM and some iterator programs before it verifies them. */
const EPERM = 1;

/** Loads an object; CO-RE and kernel symbols get the BTF that `vmlinux` gives when they need it. */
export function loadSpec(bytes: Uint8Array, name: string, vmlinux: () => Btf): ObjectSpec {
  const first = loadElf(bytes, name, { vmlinux: null });
  return first.needsVmlinux ? loadElf(bytes, name, { vmlinux: vmlinux() }) : first;
}

/** Loads every program of an object on the live kernel and in src-core, and compares the logs at `level`. */
export function compareObject(
  file: string,
  spec: ObjectSpec,
  vmlinux: (() => Btf) | null,
  level: 1 | 2,
): Comparison[] {
  const theirs = openOnKernel(spec);
  const session = openObject(spec, {
    vmlinux,
    timer: () => 0,
  });
  try {
    return spec.programs.map((prog) => {
      const head = { file, prog: prog.name, section: prog.section };
      const none = {
        sameVerdict: false,
        sameErrorLine: false,
        sameCounters: false,
        sameLog: false,
        firstDifference: null,
      };
      const ours = loadInCore(session, prog, { level, onEvent: null, shouldStop: null });
      if (ours.fd !== null) session.kernel.close(ours.fd);
      if (ours.verdict === 'unsupported' || ours.verdict === 'error') {
        return { ...head, ...none, ours: ours.verdict, kernel: 'none', note: ours.message };
      }
      const kernel = theirs.problem === null ? loadOnKernel(spec, prog, theirs, level) : null;
      if (kernel === null)
        return {
          ...head,
          ...none,
          ours: ours.verdict,
          kernel: 'none',
          note: theirs.problem ?? 'refers to an absent map',
        };
      if (kernel.fd !== null) closeFd(kernel.fd);
      if (kernel.errno === EPERM) {
        return {
          ...head,
          ...none,
          ours: ours.verdict,
          kernel: 'none',
          note: 'this kernel lets nobody load it',
        };
      }
      const a = normalizeLog(kernel.log);
      const b = normalizeLog(ours.log);
      const kernelVerdict = kernel.fd === null ? 'reject' : 'accept';
      return {
        ...head,
        ours: ours.verdict,
        kernel: kernelVerdict,
        sameVerdict: ours.verdict === kernelVerdict && (ours.errno ?? 0) === kernel.errno,
        sameErrorLine: errorLine(a) === errorLine(b),
        sameCounters: counters(a) === counters(b),
        sameLog: a === b,
        note: kernel.log === '' && ours.log === '' ? `errno ${kernel.errno} without a log` : null,
        firstDifference: firstDifference(a, b),
      };
    });
  } finally {
    theirs.close();
  }
}
