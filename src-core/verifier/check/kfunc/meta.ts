import type { BtfField } from '../../../platform/btf-record.ts';
import type { KfuncSignature } from '../../state/signature.ts';

/** What the arguments of one kfunc call have told so far (`struct bpf_kfunc_call_arg_meta`). */
export interface KfuncMeta {
  readonly sig: KfuncSignature;
  refObjId: number;
  releaseRegno: number;
  /** Bytes of the memory that the result points to, 0 when unknown. */
  r0Size: number;
  r0Rdonly: boolean;
  retBtfId: number;
  /** The one constant argument, low and high word; null when there was none. */
  constant: { readonly lo: number; readonly hi: number } | null;
  /** BTF word and id of an allocated object's type. */
  argBtf: number;
  argBtfId: number;
  argOwningRef: boolean;
  /** The list head or tree root that the call works on. */
  root: BtfField | null;
  /** An initialised dynptr among the arguments. */
  dynptr: { readonly id: number; readonly type: number; readonly refObjId: number } | null;
  iter: { readonly spi: number; readonly frameno: number } | null;
  /** Index in env.maps, -1 for none. */
  map: number;
  mapUid: number;
  subprogno: number;
}

export const newKfuncMeta = (sig: KfuncSignature): KfuncMeta => ({
  sig,
  refObjId: 0,
  releaseRegno: 0,
  r0Size: 0,
  r0Rdonly: false,
  retBtfId: 0,
  constant: null,
  argBtf: 0,
  argBtfId: 0,
  argOwningRef: false,
  root: null,
  dynptr: null,
  iter: null,
  map: -1,
  mapUid: 0,
  subprogno: 0,
});
