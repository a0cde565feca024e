/** What happens on the simulated host; plain data, as it stands on a tape. Numbers are unsigned and below 2^53. */
export type HostEvent =
  /** A frame comes in on a device or leaves by it, bytes in hexadecimal. */
  | {
      readonly kind: 'packet';
      readonly ifindex: number;
      readonly direction: 'ingress' | 'egress';
      readonly data: string;
    }
  /** A system call of the current task, from its entry to its exit. */
  | {
      readonly kind: 'syscall';
      readonly name: string;
      readonly nr: number;
      readonly args: readonly EventValue[];
      readonly ret: number;
    }
  /** A tracepoint with the record that its programs see behind the common fields, in hexadecimal. */
  | { readonly kind: 'tracepoint'; readonly category: string; readonly name: string; readonly record: string }
  | { readonly kind: 'rawTracepoint'; readonly name: string; readonly args: readonly EventValue[] }
  /** A kernel function is entered and left. */
  | {
      readonly kind: 'function';
      readonly name: string;
      readonly args: readonly EventValue[];
      readonly ret: number;
    }
  /** A sample of a perf event. */
  | { readonly kind: 'sample'; readonly period: number }
  /** The kernel asks its security modules; they say 0 or a negative errno. */
  | { readonly kind: 'lsm'; readonly hook: string; readonly args: readonly EventValue[] }
  /** Time passes. */
  | { readonly kind: 'time'; readonly ns: number };

/** A number, or a text or bytes (in hexadecimal) that the argument points to, in the task's or the kernel's memory. */
export type EventValue = number | { readonly text: string } | { readonly bytes: string };

/** Where programs are attached. */
export type HookPoint =
  | { readonly hook: 'xdp'; readonly ifindex: number }
  | { readonly hook: 'tcx_ingress' | 'tcx_egress'; readonly ifindex: number }
  | { readonly hook: 'cgroup_ingress' | 'cgroup_egress' }
  | { readonly hook: 'socket_filter' }
  | { readonly hook: 'tracepoint'; readonly category: string; readonly name: string }
  | { readonly hook: 'raw_tracepoint'; readonly name: string }
  | { readonly hook: 'kprobe' | 'kretprobe' | 'fentry' | 'fexit'; readonly name: string }
  | { readonly hook: 'perf_event' }
  | { readonly hook: 'lsm'; readonly name: string };

/** One program ran at one stop, or could not. */
export interface Firing {
  /** Nanoseconds since boot at which it began. */
  readonly at: number;
  readonly cpu: number;
  readonly point: HookPoint;
  readonly progId: number;
  readonly prog: string;
  /** The program's result: the low 32 bits of r0; null when it could not run. */
  readonly retval: number | null;
  /** What the hook makes of it: "XDP_DROP", "denied", or null where it makes nothing of it. */
  readonly verdict: string | null;
  /** Why it could not run, or null. */
  readonly error: string | null;
  /** What it printed. */
  readonly trace: readonly string[];
  /** The packet behind the program in hexadecimal; null where there is none. */
  readonly data: string | null;
}

/** A hook point as one word: the key of a table. */
export function pointKey(point: HookPoint): string {
  switch (point.hook) {
    case 'xdp':
    case 'tcx_ingress':
    case 'tcx_egress':
      return `${point.hook}:${point.ifindex}`;
    case 'tracepoint':
      return `tracepoint:${point.category}/${point.name}`;
    case 'raw_tracepoint':
    case 'kprobe':
    case 'kretprobe':
    case 'fentry':
    case 'fexit':
    case 'lsm':
      return `${point.hook}:${point.name}`;
    default:
      return point.hook;
  }
}
