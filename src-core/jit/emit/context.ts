import type { MapLayout } from '../abi.ts';
import type { FunctionBuilder, I32Local, I64Local } from '../wasm/function-builder.ts';
import type { KnownMaps } from './known-maps.ts';

/** An imported helper, () -> (), and how many arguments it reads from the scratch. */
export interface HelperImport {
  readonly index: number;
  readonly args: number;
}

/** Wasm function indices that emitted code calls. */
export interface Imports {
  /** (key i32, map i32) -> value address i32, in this module. */
  readonly mapLookup: number;
  /** (key i32) -> value address i32, for one hash map; made when first asked for. */
  hashLookup(map: MapLayout): number;
  /** (rounds i32, slot i32, ctx i64, frame pointer i64) -> i64: bpf_loop() in this module. */
  readonly loop: number;
  /** By helper id. */
  readonly helper: ReadonlyMap<number, HelperImport>;
  /** (frame pointer i32) -> i32: 1 when another program ran to its end. */
  readonly tailCall: number;
  /** (helper id i32) -> (): a helper chosen at run time. */
  readonly helperById: number;
  /** (offset i32, size i32) -> i32: 1 when the bytes were there, their value in the scratch result. */
  readonly packetLoad: number;
  /** (reason i32, slot i32): throws. */
  readonly fault: number;
  /** Slot of a subprogram's first instruction -> its function. */
  readonly subprogram: ReadonlyMap<number, number>;
}

/** Reasons that emitted code hands to `fault`. */
export const FAULT_INSTRUCTION = 0;
export const FAULT_FUEL = 1;
export const FAULT_STACK = 2;
export const FAULT_HELPER = 3;

/** What every emitter gets: the function being written and where the BPF registers live. */
export interface Emit {
  readonly f: FunctionBuilder;
  /** r0..r10. */
  readonly r: readonly I64Local[];
  /** Scratch locals. */
  readonly t64: I64Local;
  readonly t32: I32Local;
  /** Fuel at the function's start and now; null where the function has no loop. */
  readonly fuel: { readonly start: I32Local; readonly left: I32Local } | null;
  /** Rounds left for may_goto, or null when the subprogram has none. */
  readonly mayGoto: I32Local | null;
  /** Maps that registers are known to point to, here in the block being emitted. */
  readonly known: KnownMaps;
  readonly imports: Imports;
}
