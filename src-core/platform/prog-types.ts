import { BPF_PROG_TYPE, type ProgTypeName } from '../uapi/prog-types.ts';

/** What a rule about a program needs to know of it. */
export interface ProgKind {
  /** `enum bpf_prog_type` */
  readonly type: number;
  /** `enum bpf_attach_type` */
  readonly attachType: number;
}

const types = (...names: ProgTypeName[]): ReadonlySet<number> => new Set(names.map((n) => BPF_PROG_TYPE[n]));

/** is_tracing_prog_type() */
export const TRACING_PROG_TYPES = types(
  'kprobe',
  'tracepoint',
  'perf_event',
  'raw_tracepoint',
  'raw_tracepoint_writable',
);
