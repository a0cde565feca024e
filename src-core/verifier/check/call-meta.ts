import type { BtfField } from '../../platform/btf-record.ts';
import type { CallFlags } from '../../platform/call-flags.ts';

/** What the arguments of one helper call have told so far (`struct bpf_call_arg_meta`). */
export interface CallMeta {
  readonly funcId: number;
  readonly flags: CallFlags;
  readonly pktAccess: boolean;
  /** Index in env.maps, -1 for none. */
  map: number;
  mapUid: number;
  rawMode: boolean;
  releaseRegno: number;
  regno: number;
  accessSize: number;
  memSize: number;
  /** Bytes of a memory argument at most, low word and as a number. */
  msizeMaxValue: number;
  refObjId: number;
  /** BTF word and id of what the result points to; 0 for none. */
  retBtf: number;
  retBtfId: number;
  dynptrId: number;
  /** bpf_this_cpu_ptr() of memory that the program allocated. */
  returnsAllocPtr: boolean;
  kptrField: BtfField | null;
  subprogno: number;
  /** Value of a constant map key; -1 when not known. */
  constMapKey: number;
}

export function newCallMeta(funcId: number, flags: CallFlags, pktAccess: boolean): CallMeta {
  return {
    funcId,
    flags,
    pktAccess,
    map: -1,
    mapUid: 0,
    rawMode: false,
    releaseRegno: 0,
    regno: 0,
    accessSize: 0,
    memSize: 0,
    msizeMaxValue: 0,
    refObjId: 0,
    retBtf: 0,
    retBtfId: 0,
    dynptrId: 0,
    returnsAllocPtr: false,
    kptrField: null,
    subprogno: 0,
    constMapKey: 0,
  };
}
