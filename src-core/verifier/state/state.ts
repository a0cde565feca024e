import { Frame, MAX_CALL_FRAMES } from './frame.ts';
import type { Reg } from './reg.ts';

/** `enum ref_state_type`. */
export const REF_TYPE_PTR = 2;
export const REF_TYPE_IRQ = 4;
export const REF_TYPE_LOCK = 8;
export const REF_TYPE_RES_LOCK = 16;
export const REF_TYPE_RES_LOCK_IRQ = 32;

/** An acquired reference (`struct bpf_reference_state`). */
export interface Reference {
  readonly type: number;
  readonly id: number;
  /** Where it was acquired. */
  readonly insnIdx: number;
  /** Of a lock: what the lock lies in, as lockOwner() numbers it; 0 for other references. */
  readonly owner: number;
}

/** REF_TYPE_*_MASK: any kind of lock. */
export const REF_TYPE_LOCK_MASK = REF_TYPE_LOCK | REF_TYPE_RES_LOCK | REF_TYPE_RES_LOCK_IRQ;

export const INSN_F_FRAMENO_MASK = 0x7;
export const INSN_F_SPI_MASK = 0x3f;
export const INSN_F_SPI_SHIFT = 3;
export const INSN_F_STACK_ACCESS = 1 << 9;
export const INSN_F_DST_REG_STACK = 1 << 10;
export const INSN_F_SRC_REG_STACK = 1 << 11;

/** One entry of `struct linked_regs`: a register, or a spilled one, that shares a scalar id. */
export interface LinkedReg {
  readonly frameno: number;
  /** Register number, or slot index when isReg is false. */
  readonly regno: number;
  readonly isReg: boolean;
}

/** `struct bpf_jmp_history_entry`. */
export interface JmpHistoryEntry {
  readonly idx: number;
  readonly prevIdx: number;
  /** INSN_F_*. */
  flags: number;
  linkedRegs: readonly LinkedReg[] | null;
}

/** A saved state at an instruction (`struct bpf_verifier_state_list`). */
export interface ExploredState {
  readonly state: VerifierState;
  missCnt: number;
  hitCnt: number;
  inFreeList: boolean;
}

/** What is known at one point of one path (`struct bpf_verifier_state`). */
export class VerifierState {
  readonly frames: Frame[] = [];
  curframe = 0;
  parent: VerifierState | null = null;
  /** Everything acquired and not yet given back, oldest first: references, locks and disabled interrupts. */
  refs: Reference[] = [];
  activeLocks = 0;
  activePreemptLocks = 0;
  activeRcuLocks = 0;
  /** Id of the innermost bpf_local_irq_save(), 0 for none. */
  activeIrqId = 0;
  /** The innermost lock, and what it lies in (as lockOwner() numbers it); 0 for none. */
  activeLockId = 0;
  activeLockOwner = 0;
  branches = 0;
  insnIdx = 0;
  speculative = false;
  inSleepable = false;
  cleaned = false;
  firstInsnIdx = 0;
  lastInsnIdx = 0;
  /** For a backedge: the saved state that it equals. */
  equalState: VerifierState | null = null;
  jmpHistory: JmpHistoryEntry[] = [];
  dfsDepth = 0;
  callbackUnrollDepth = 0;
  mayGotoDepth = 0;
  /** Its entry in the lists of saved states; null for a path that is being walked or waits. */
  owner: ExploredState | null = null;
  /** Number of the visit that saved the state, for events. */
  visit = 0;

  /** The state being walked: its frames are allocated once and overwritten. */
  static live(): VerifierState {
    const state = new VerifierState();
    for (let i = 0; i < MAX_CALL_FRAMES; i++) state.frames.push(Frame.live());
    return state;
  }

  get func(): Frame {
    return this.frames[this.curframe];
  }

  reg(regno: number): Reg {
    return this.frames[this.curframe].reg(regno);
  }

  /** A compact copy without jump history is `saved()`; with it, `clone()` (`copy_verifier_state()`). */
  clone(): VerifierState {
    const out = this.saved();
    out.jmpHistory = copyHistory(this.jmpHistory);
    return out;
  }

  /** A compact copy that keeps the jump history array itself: the caller must not go on using it. */
  saved(): VerifierState {
    const out = new VerifierState();
    for (let i = 0; i <= this.curframe; i++) out.frames.push(this.frames[i].clone());
    out.copyFields(this);
    out.jmpHistory = this.jmpHistory;
    return out;
  }

  /** Becomes equal to `from`; `this` must be live. */
  copyFrom(from: VerifierState): void {
    for (let i = 0; i <= from.curframe; i++) this.frames[i].copyFrom(from.frames[i]);
    this.copyFields(from);
    this.jmpHistory = copyHistory(from.jmpHistory);
  }

  private copyFields(from: VerifierState): void {
    this.curframe = from.curframe;
    this.parent = from.parent;
    this.refs = from.refs.length === 0 ? [] : from.refs.slice();
    this.activeLocks = from.activeLocks;
    this.activePreemptLocks = from.activePreemptLocks;
    this.activeRcuLocks = from.activeRcuLocks;
    this.activeIrqId = from.activeIrqId;
    this.activeLockId = from.activeLockId;
    this.activeLockOwner = from.activeLockOwner;
    this.branches = from.branches;
    this.insnIdx = from.insnIdx;
    this.speculative = from.speculative;
    this.inSleepable = from.inSleepable;
    this.cleaned = from.cleaned;
    this.firstInsnIdx = from.firstInsnIdx;
    this.lastInsnIdx = from.lastInsnIdx;
    this.equalState = from.equalState;
    this.dfsDepth = from.dfsDepth;
    this.callbackUnrollDepth = from.callbackUnrollDepth;
    this.mayGotoDepth = from.mayGotoDepth;
    this.visit = from.visit;
  }
}

/** Only the newest entry is ever changed in place, so only it needs a copy of its own. */
function copyHistory(from: JmpHistoryEntry[]): JmpHistoryEntry[] {
  const out = from.slice();
  const last = out.length - 1;
  if (last >= 0) out[last] = { ...out[last] };
  return out;
}
