import type { Btf } from '../btf/btf.ts';
import type { VerifierMap, VerifyResult, XlatedProgram } from '../verifier/api.ts';
import type { MapAttr, VmMap } from '../vm/maps/map.ts';
import type { Executable } from '../vm/runtime.ts';

/** BPF_MAP_CREATE's attributes. */
export interface MapCreateAttr extends MapAttr {
  readonly mapExtra: number;
  readonly btf: Btf | null;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  /** fd of the template of a map-in-map, or null. */
  readonly innerMapFd: number | null;
}

/** A map of the simulated kernel, known by its id. */
export interface MapObject {
  readonly kind: 'map';
  readonly id: number;
  readonly attr: MapCreateAttr;
  readonly inner: MapObject | null;
  readonly vm: VmMap;
  frozen: boolean;
}

/** BPF_PROG_LOAD's attributes. */
export interface ProgLoadAttr {
  readonly name: string;
  readonly type: number;
  readonly expectedAttachType: number;
  readonly license: string;
  readonly flags: number;
  /** Instruction bytes with this kernel's map fds in place. */
  readonly insns: Uint8Array;
  readonly attachBtfId: number;
  readonly btf: Btf | null;
  readonly funcInfo: Uint8Array;
  readonly lineInfo: Uint8Array;
}

/** A program that the verifier accepted. */
export interface ProgObject {
  readonly kind: 'prog';
  readonly id: number;
  readonly attr: ProgLoadAttr;
  readonly xlated: XlatedProgram;
  readonly maps: readonly VerifierMap[];
  readonly engines: Readonly<Record<EngineName, Executable>>;
}

export type EngineName = 'jit' | 'interp';

export type ProgLoadResult =
  | { readonly ok: true; readonly fd: number; readonly prog: ProgObject; readonly verdict: VerifyResult }
  | { readonly ok: false; readonly verdict: VerifyResult }
  /** Refused before the verifier saw it. */
  | { readonly ok: false; readonly verdict: null; readonly errno: number; readonly why: string };

export interface TestRunInput {
  readonly dataIn: Uint8Array;
  readonly ctxIn: Uint8Array;
  /** Runs of the program on the same packet; the last one's result counts. */
  readonly repeat: number;
  readonly engine: EngineName;
}

export type TestRunResult =
  | {
      readonly ok: true;
      /** Return value as the kernel reports it: the low 32 bits of r0, unsigned. */
      readonly retval: number;
      /** Average nanoseconds of one run. */
      readonly durationNs: number;
      readonly dataOut: Uint8Array;
      readonly ctxOut: Uint8Array;
      /** Lines that bpf_trace_printk() wrote during the run. */
      readonly trace: readonly string[];
    }
  | { readonly ok: false; readonly errno: number; readonly why: string; readonly insn: number | null };
