import type { Btf } from '../btf/btf.ts';
import type { VerifyOptions, VerifyResult } from '../verifier/api.ts';
import type { EngineName } from '../vm/engine.ts';

/** What a command answers: its results, or an errno (positive) with what it had done by then. */
export type Result<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly errno: number; readonly partial?: Partial<T> };

type Nothing = Readonly<Record<never, never>>;

/** BPF_MAP_CREATE. What is left out is 0. */
export interface MapCreateAttr {
  readonly name?: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: number;
  readonly innerMapFd?: number;
  readonly numaNode?: number;
  /** Low and high half. */
  readonly mapExtra?: number;
  readonly mapExtraHi?: number;
  readonly btfFd?: number;
  readonly btfKeyTypeId?: number;
  readonly btfValueTypeId?: number;
  readonly btfVmlinuxValueTypeId?: number;
}

/** BPF_PROG_LOAD. */
export interface ProgLoadAttr {
  readonly name: string;
  readonly type: number;
  readonly expectedAttachType: number;
  readonly license: string;
  readonly flags: number;
  /** Instruction bytes with this kernel's map fds in place. */
  readonly insns: Uint8Array;
  readonly attachBtfId: number;
  readonly btfFd?: number;
  readonly funcInfo: Uint8Array;
  readonly lineInfo: Uint8Array;
  readonly kernVersion?: number;
  readonly logLevel?: number;
  /** Characters of log to keep. */
  readonly logSize?: number;
  /** For a listener to the simulated kernel's verifier. */
  readonly watch?: Pick<VerifyOptions, 'onEvent' | 'shouldStop'>;
}

export interface ProgLoadOut {
  readonly fd: number;
  readonly log: string;
  /** The simulated kernel's verdict in full; null when the program was refused before its verifier saw it. */
  readonly verdict: VerifyResult | null;
}

export interface ElemAttr {
  readonly mapFd: number;
  /** null: no pointer is passed. */
  readonly key: Uint8Array | null;
  readonly flags?: number;
}
export interface BatchAttr {
  readonly mapFd: number;
  readonly inBatch?: Uint8Array | null;
  /** Keys and values one after the other. */
  readonly keys?: Uint8Array;
  readonly values?: Uint8Array;
  readonly count: number;
  readonly elemFlags?: number;
  readonly flags?: number;
}
export interface BatchOut {
  readonly count: number;
  readonly outBatch: Uint8Array;
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
}

/** BPF_PROG_TEST_RUN. */
export interface TestRunAttr {
  readonly progFd: number;
  readonly dataIn?: Uint8Array;
  readonly ctxIn?: Uint8Array;
  /** Bytes of room for the results; without it there is enough. */
  readonly dataSizeOut?: number;
  readonly ctxSizeOut?: number;
  readonly repeat?: number;
  readonly flags?: number;
  readonly cpu?: number;
  readonly batchSize?: number;
  /** The simulated kernel's engine; Wasm unless told. */
  readonly engine?: EngineName;
}
export interface TestRunOut {
  /** The low 32 bits of r0, unsigned. */
  readonly retval: number;
  /** Average nanoseconds of one run. */
  readonly durationNs: number;
  readonly dataOut: Uint8Array;
  readonly ctxOut: Uint8Array;
}

export interface ProgInfo {
  readonly type: number;
  readonly id: number;
  readonly tag: string;
  readonly name: string;
  readonly gplCompatible: boolean;
  readonly mapIds: readonly number[];
  readonly btfId: number;
  readonly xlatedLen: number;
  readonly jitedLen: number;
  readonly verifiedInsns: number;
  readonly loadTime: number;
  readonly createdByUid: number;
  readonly runCount: number;
  readonly runTimeNs: number;
  readonly attachBtfId: number;
}
export interface MapInfo {
  readonly type: number;
  readonly id: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly name: string;
  readonly btfId: number;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  readonly mapExtra: number;
}
export interface BtfInfo {
  readonly id: number;
  readonly size: number;
  readonly name: string;
  readonly kernelBtf: boolean;
}
export interface LinkInfo {
  /** `enum bpf_link_type`. */
  readonly type: number;
  readonly id: number;
  readonly progId: number;
}
export type ObjectInfo =
  | ({ readonly kind: 'prog' } & ProgInfo)
  | ({ readonly kind: 'map' } & MapInfo)
  | ({ readonly kind: 'btf' } & BtfInfo)
  | ({ readonly kind: 'link' } & LinkInfo);

interface Fd {
  readonly fd: number;
}
interface IdAttr {
  readonly id: number;
}
interface StartAttr {
  readonly startId: number;
}
type Command<A, O> = { readonly attr: A; readonly out: O };

/** BPF_LINK_CREATE. */
export interface LinkCreateAttr {
  readonly progFd: number;
  /** `enum bpf_attach_type`. */
  readonly attachType: number;
  readonly targetIfindex?: number;
  readonly flags?: number;
  /** Functions of BPF_TRACE_KPROBE_MULTI. */
  readonly symbols?: readonly string[];
}

/** Commands by `enum bpf_cmd`: what each takes and gives. */
export interface Commands {
  MAP_CREATE: Command<MapCreateAttr, Fd>;
  MAP_LOOKUP_ELEM: Command<ElemAttr & { readonly value?: Uint8Array }, { readonly value: Uint8Array }>;
  MAP_UPDATE_ELEM: Command<ElemAttr & { readonly value: Uint8Array }, Nothing>;
  MAP_DELETE_ELEM: Command<ElemAttr, Nothing>;
  MAP_GET_NEXT_KEY: Command<ElemAttr, { readonly nextKey: Uint8Array }>;
  MAP_LOOKUP_AND_DELETE_ELEM: Command<ElemAttr, { readonly value: Uint8Array }>;
  MAP_FREEZE: Command<{ readonly mapFd: number }, Nothing>;
  MAP_LOOKUP_BATCH: Command<BatchAttr, BatchOut>;
  MAP_LOOKUP_AND_DELETE_BATCH: Command<BatchAttr, BatchOut>;
  MAP_UPDATE_BATCH: Command<BatchAttr, { readonly count: number }>;
  MAP_DELETE_BATCH: Command<BatchAttr, { readonly count: number }>;
  PROG_LOAD: Command<ProgLoadAttr, ProgLoadOut>;
  PROG_TEST_RUN: Command<TestRunAttr, TestRunOut>;
  PROG_BIND_MAP: Command<
    { readonly progFd: number; readonly mapFd: number; readonly flags?: number },
    Nothing
  >;
  BTF_LOAD: Command<{ readonly btf: Btf | Uint8Array; readonly logLevel?: number }, Fd>;
  OBJ_PIN: Command<{ readonly path: string; readonly fd: number; readonly fileFlags?: number }, Nothing>;
  OBJ_GET: Command<{ readonly path: string; readonly fileFlags?: number }, Fd>;
  OBJ_GET_INFO_BY_FD: Command<Fd, { readonly info: ObjectInfo }>;
  PROG_GET_NEXT_ID: Command<StartAttr, { readonly nextId: number }>;
  MAP_GET_NEXT_ID: Command<StartAttr, { readonly nextId: number }>;
  BTF_GET_NEXT_ID: Command<StartAttr, { readonly nextId: number }>;
  PROG_GET_FD_BY_ID: Command<IdAttr, Fd>;
  MAP_GET_FD_BY_ID: Command<IdAttr & { readonly openFlags?: number }, Fd>;
  BTF_GET_FD_BY_ID: Command<IdAttr, Fd>;
  LINK_CREATE: Command<LinkCreateAttr, Fd>;
  LINK_UPDATE: Command<
    { readonly linkFd: number; readonly newProgFd: number; readonly oldProgFd?: number },
    Nothing
  >;
  LINK_DETACH: Command<{ readonly linkFd: number }, Nothing>;
  LINK_GET_FD_BY_ID: Command<IdAttr, Fd>;
  LINK_GET_NEXT_ID: Command<StartAttr, { readonly nextId: number }>;
  /** `name` null: what the program was loaded for. */
  RAW_TRACEPOINT_OPEN: Command<{ readonly progFd: number; readonly name: string | null }, Fd>;
}
export type CommandName = keyof Commands;

/** The bpf() system call of one process, with close() of what it gave. */
export interface Bpf {
  call<C extends CommandName>(cmd: C, attr: Commands[C]['attr']): Result<Commands[C]['out']>;
  close(fd: number): void;
}
