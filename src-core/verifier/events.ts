/** One thing said against a program: the kernel's format string, which names it, and its numbers. */
export interface Reason {
  readonly format: string;
  /** Numbers up to 32 bits, and 64-bit ones and names as text, in the order of the format. */
  readonly args: readonly (number | string)[];
}

/**
 * What the walk tells beside the log. A visit is one pass of the main loop over one instruction, numbered
 * from 1 as in the kernel's "processed N insns". `frames` is a snapshot taken before the instruction.
 */
export interface RegView {
  /** "scalar", "ctx", "fp", "pkt", "pkt_end", "map_value", "map_ptr"... (`reg_type_str()`), "" if unset. */
  readonly type: string;
  /** The kernel's own text of the register: "pkt(off=14,r=34)". */
  readonly text: string;
  readonly id: number;
  /** Id of the reference that it holds, 0 for none. */
  readonly refObjId: number;
  /** Fixed offset of a pointer. */
  readonly off: number;
  /** Bytes from the packet's start that are proven to be there; 0 for what is no packet pointer. */
  readonly range: number;
  /** Frame that a stack pointer points into. */
  readonly frameno: number;
  /** Bytes of the value of its map, or of its memory; null where none is known. */
  readonly size: number | null;
  readonly precise: boolean;
  /** The 16 words of domain/layout. */
  readonly num: Int32Array;
}

export interface SlotView {
  /** Byte offset from the frame pointer, -8 .. -512. */
  readonly offset: number;
  /** Eight letters as the log prints them: "?" unset, "m" misc, "0" zero, "r" spilled... */
  readonly bytes: string;
  readonly spilled: RegView | null;
}

export interface FrameView {
  readonly frame: number;
  readonly callSite: number | null;
  /** r0..r10; null when the register is not initialised. */
  readonly regs: readonly (RegView | null)[];
  readonly stack: readonly SlotView[];
}

export type VerifierEvent =
  | {
      readonly kind: 'visit';
      readonly visit: number;
      readonly insn: number;
      readonly prevInsn: number | null;
      /** Makes the snapshot; call it during the callback only. */
      readonly frames: () => readonly FrameView[];
      /** Bytes of log text before this visit's own text. */
      readonly logPos: number;
    }
  | {
      readonly kind: 'push';
      readonly visit: number;
      readonly insn: number;
      readonly from: number;
      readonly speculative: boolean;
    }
  | { readonly kind: 'pop'; readonly visit: number; readonly insn: number; readonly from: number }
  | { readonly kind: 'prune'; readonly visit: number; readonly insn: number; readonly byVisit: number }
  | { readonly kind: 'state-saved'; readonly visit: number; readonly insn: number }
  | {
      readonly kind: 'precise';
      readonly visit: number;
      readonly insn: number;
      readonly regs: number;
      readonly slots: number;
    }
  | { readonly kind: 'path-end'; readonly visit: number; readonly insn: number }
  | {
      readonly kind: 'reject';
      readonly visit: number;
      readonly insn: number;
      readonly errno: number;
      /** The log's last line before the counters; null if the kernel prints nothing. */
      readonly message: string | null;
      /** What the failing visit, or the pass before the walk, said against the program; the last is the verdict's. */
      readonly reasons: readonly Reason[];
    };
