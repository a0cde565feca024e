import type { Btf } from '../btf/btf.ts';
import type { VmlinuxSource } from '../btf/vmlinux.ts';
import type { BpfInsns } from '../isa/program.ts';
import type { VerifierEvent } from './events.ts';

/** One map as the verifier sees it (`struct bpf_map`). */
export interface VerifierMap {
  /** The fd by which ld_imm64 names it. */
  readonly fd: number;
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** `BPF_F_*` of creation. */
  readonly flags: number;
  readonly frozen: boolean;
  readonly mapExtra: number;
  /** High 32 bits of map_extra; 0 unless told. Of an arena, both tell where a process maps it. */
  readonly mapExtraHi?: number;
  readonly btf: Btf | null;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  readonly inner: VerifierMap | null;
  /** Bytes of a read-only frozen array's value at `offset` (little endian, 8 bytes at most), else null. */
  directRead(offset: number, size: number): Uint8Array | null;
}

/** What changes the verdict. */
export interface VerifierPolicy {
  /** CAP_BPF and CAP_PERFMON; unprivileged programs are not modelled yet. */
  readonly privileged: boolean;
  /** BPF_F_STRICT_ALIGNMENT. */
  readonly strictAlignment: boolean;
}

/** What changes the text only (`log_level`, `log_size` of BPF_PROG_LOAD). Level 4 alone prints the statistics. */
export interface LogOptions {
  readonly level: number;
  /** Characters kept: a longer log loses its beginning, as in the kernel's rotating buffer. 2^28 unless told. */
  readonly size?: number;
}

export interface ProgramInput {
  readonly name: string;
  /** `enum bpf_prog_type`. */
  readonly type: number;
  /** `enum bpf_attach_type`. */
  readonly expectedAttachType: number;
  readonly license: string;
  /** `BPF_F_*` of BPF_PROG_LOAD. */
  readonly flags: number;
  readonly insns: BpfInsns;
  readonly attachBtfId: number;
  readonly btf: Btf | null;
  readonly funcInfo: Uint8Array;
  readonly lineInfo: Uint8Array;
  readonly maps: readonly VerifierMap[];
}

export const NEEDS_VMLINUX = 'needs the BTF of the kernel';

export interface VerifyOptions {
  readonly policy: VerifierPolicy;
  readonly log: LogOptions;
  readonly vmlinux: VmlinuxSource;
  /** Receives the typed events of the walk; null costs nothing. */
  readonly onEvent: ((event: VerifierEvent) => void) | null;
  /** Asked every few thousand instructions; true stops the walk with verdict "unsupported: cancelled". */
  readonly shouldStop: (() => boolean) | null;
  /** Monotonic nanoseconds, for "verification time" of the statistics; without it the time is 0. */
  readonly timer?: () => number;
}

/** Numbers of the log's last line. */
export interface VerifierStats {
  readonly processed: number;
  readonly maxStatesPerInsn: number;
  readonly totalStates: number;
  readonly peakStates: number;
  readonly markRead: number;
}

export type VerifyResult =
  | {
      readonly verdict: 'accept';
      readonly log: string;
      /** Characters that the log lost at its beginning; see LogOptions.size. */
      readonly logStart: number;
      readonly stats: VerifierStats;
      readonly program: XlatedProgram;
    }
  | {
      readonly verdict: 'reject';
      /** Positive errno: 13 EACCES, 22 EINVAL... */
      readonly errno: number;
      readonly log: string;
      /** Characters that the log lost at its beginning; see LogOptions.size. */
      readonly logStart: number;
      readonly stats: VerifierStats;
      /** Instruction slot at which the walk stopped, or null when a pass before it refused the program. */
      readonly at: number | null;
      /** The last line that explains the refusal, without newline; null if the kernel prints nothing. */
      readonly message: string | null;
    }
  | {
      readonly verdict: 'unsupported';
      /** What is not modelled yet, in words: "helper bpf_timer_init#169". */
      readonly what: string;
      readonly at: number | null;
      readonly log: string;
      /** Characters that the log lost at its beginning; see LogOptions.size. */
      readonly logStart: number;
      readonly stats: VerifierStats;
    };

/** The program after the fixups: what bpftool calls `xlated`, and what the JIT compiles. */
/** The program as the kernel would show it, or what is not modelled of that. */
export type XlatedDump =
  | { readonly ok: true; readonly insns: BpfInsns }
  | { readonly ok: false; readonly what: string };

export interface XlatedProgram {
  readonly insns: BpfInsns;
  /** First slot of each subprogram, ascending; [0] is 0. */
  readonly subprogStarts: readonly number[];
  /** Slots of ld_imm64 that load a map pointer or an address in a map value (`maps` holds the input's). */
  readonly mapRefs: readonly {
    readonly insn: number;
    readonly map: VerifierMap;
    /** null: the map pointer itself; else the offset in the value. */
    readonly valueOffset: number | null;
  }[];
  /** Old slot of every new slot, so that a view can go from xlated back to the source. */
  readonly origin: Int32Array;
  /**
   * What `bpftool prog dump xlated` shows: `insns` run here on contexts in their uapi layout, the kernel's on its
   * own structures. Made when asked; equal to the kernel's up to addresses, which are 0, and ids of maps.
   */
  dump(): XlatedDump;
}
