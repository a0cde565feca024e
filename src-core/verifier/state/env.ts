import type { Btf } from '../../btf/btf.ts';
import type { BtfKind } from '../../btf/kinds.ts';
import { vmlinuxOf } from '../../btf/vmlinux.ts';
import type { BpfInsns } from '../../isa/program.ts';
import type { HelperCaller, ProgOps } from '../../platform/prog/ops.ts';
import { fixupAttachType, progOpsOf } from '../../platform/prog/registry.ts';
import { InternalError } from '../../util/assert-never.ts';
import type { ProgramInput, VerifierMap, VerifyOptions } from '../api.ts';
import { NEEDS_VMLINUX } from '../api.ts';
import type { Reason } from '../events.ts';
import { InsnAux } from './aux.ts';
import { BacktrackState } from './backtrack-state.ts';
import { BTF_NONE, BTF_PROG, BTF_VMLINUX, Reg } from './reg.ts';
import type { Signature } from './signature.ts';
import type { ExploredState, JmpHistoryEntry, VerifierState } from './state.ts';
import { VerifierState as State } from './state.ts';
import type { AttachTarget } from './target.ts';
import { Unsupported } from './unsupported.ts';

/** The text of the run (`struct bpf_verifier_log`). Positions count characters of the whole log. */
export interface VerifierLog {
  /** BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2 | BPF_LOG_STATS; 0 writes nothing. */
  readonly level: number;
  /** Characters lost at the beginning of a log that outgrew its capacity. */
  readonly startPos: number;
  readonly endPos: number;
  write(text: string): void;
  /** Cuts the log back to `pos` (`bpf_vlog_reset()`). */
  reset(pos: number): void;
  /** The last line that is not empty, without its newline, at level 0 too; null when nothing was said. */
  lastLine(): string | null;
  toString(): string;
}
export const BPF_LOG_LEVEL1 = 1;
export const BPF_LOG_LEVEL2 = 2;
export const BPF_LOG_STATS = 4;
export const BPF_LOG_LEVEL = BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2;

/** Argument of a subprogram as its BTF tells it (`struct bpf_subprog_arg_info`). */
export interface SubprogArg {
  /** ARG_* with flags. */
  readonly argType: number;
  readonly memSize: number;
  readonly btfId: number;
}

/** `struct bpf_subprog_info`. */
export class SubprogInfo {
  linfoIdx = 0;
  postorderStart = 0;
  stackDepth = 0;
  fastcallStackOff = 0;
  hasTailCall = false;
  tailCallReachable = false;
  hasLdAbs = false;
  isCb = false;
  isAsyncCb = false;
  isExceptionCb = false;
  argsCached = false;
  keepFastcallStack = false;
  changesPktData = false;
  mightSleep = false;
  args: SubprogArg[] = [];
  /** `struct bpf_func_info_aux`. */
  linkageGlobal = false;
  unreliable = false;
  called = false;
  verified = false;
  /** Function name from func_info, or null without BTF. */
  name: string | null = null;
  /** BTF id of the FUNC, 0 without BTF. */
  btfId = 0;

  constructor(public start: number) {}
}

/** One record of line_info. */
export interface LineInfo {
  readonly insnOff: number;
  readonly fileNameOff: number;
  readonly lineOff: number;
  /** Line number in the upper 22 bits, column in the lower 10. */
  readonly lineCol: number;
}

/**
 * Which stack slots are still read later on (kernel/bpf/liveness.c). Masks are 64 bits, bit spi, as halves.
 * Implemented in passes/; the walk only talks to this interface. Functions that return a number return an errno.
 */
export interface StackLiveness {
  /** bpf_reset_live_stack_callchain() */
  resetCallchain(): void;
  /** bpf_mark_stack_read() */
  markRead(frameno: number, insnIdx: number, maskLo: number, maskHi: number): number;
  /** bpf_reset_stack_write_marks() */
  resetWriteMarks(insnIdx: number): number;
  /** bpf_mark_stack_write() */
  markWrite(frameno: number, maskLo: number, maskHi: number): void;
  /** bpf_commit_stack_write_marks() */
  commitWriteMarks(): number;
  /** bpf_update_live_stack() */
  update(): number;
  /** bpf_live_stack_query_init() */
  queryInit(state: VerifierState): number;
  /** bpf_stack_slot_alive() */
  slotAlive(frameno: number, spi: number): boolean;
}

/** A branch to be walked later (`struct bpf_verifier_stack_elem`). */
export interface StackElem {
  readonly state: VerifierState;
  readonly insnIdx: number;
  readonly prevInsnIdx: number;
  readonly logPos: number;
}

/** `struct bpf_scc_visit`. */
export interface SccVisit {
  readonly callsites: readonly number[];
  readonly scc: number;
  entryState: VerifierState | null;
  backedges: VerifierState[];
}

/** Ids paired between an old and a current state (`struct bpf_idmap`). */
export interface IdMap {
  tmpIdGen: number;
  count: number;
  readonly old: Int32Array;
  readonly cur: Int32Array;
}

const BPF_ID_MAP_SIZE = (11 + 64) * 8;

/** One verification (`struct bpf_verifier_env`). */
export class VerifierEnv {
  /** The program as the walk sees it: passes write resolved map references to `aux`, not into it. */
  readonly insns: BpfInsns;
  /** `prog->type`; for rules that see through an extension to its target, `prog.type`. */
  readonly progType: number;
  /** The program as platform/ asks for it: an extension counts as its target (resolve_prog_type()). */
  prog: HelperCaller;
  /** What the kernel knows of its type (`env->ops`). */
  ops: ProgOps;
  /** What a BTF-typed program is bound to; null for others. */
  target: AttachTarget | null = null;
  readonly btf: Btf | null;
  readonly aux: InsnAux;
  /** Maps in the order of first use (`used_maps`). */
  readonly maps: VerifierMap[] = [];
  /** The arena among them, or null. */
  arena: VerifierMap | null = null;
  private readonly innerMaps = new Map<number, number>();
  /** What resolveCall() found: helpers by id, kfuncs by their negated BTF id. */
  readonly signatures = new Map<number, Signature>();
  /** Real subprograms; `subprogs[subprogs.length]` has no entry, use `subprogEnd()`. */
  subprogs: SubprogInfo[] = [];
  lineInfo: LineInfo[] = [];
  liveness!: StackLiveness;
  /** Vector of instruction indexes in post-order, grouped by subprogram (`cfg.insn_postorder`). */
  insnPostorder: Int32Array = new Int32Array(0);
  sccCnt = 0;

  insnIdx = 0;
  prevInsnIdx = 0;
  cur: VerifierState = State.live();
  stack: StackElem[] = [];
  /** Per hashed instruction, newest last (`explored_states`); see explore/visited.ts. */
  explored: ExploredState[][] = [];
  sccInfo: (SccVisit[] | undefined)[] = [];
  idGen = 0;
  curHistEnt: JmpHistoryEntry | null = null;
  readonly bt = new BacktrackState();
  readonly fakeReg: readonly [Reg, Reg] = [Reg.alone(), Reg.alone()];
  /** The immediate of an ALU instruction as a register. */
  readonly offReg = Reg.alone();
  readonly idmap: IdMap = {
    tmpIdGen: 0,
    count: 0,
    old: new Int32Array(BPF_ID_MAP_SIZE),
    cur: new Int32Array(BPF_ID_MAP_SIZE),
  };

  readonly strictAlignment: boolean;
  /** BPF_F_TEST_STATE_FREQ, BPF_F_TEST_REG_INVARIANTS of the load flags. */
  readonly testStateFreq: boolean;
  readonly testRegInvariants: boolean;
  readonly sleepable: boolean;
  seenDirectWrite = false;
  /** bpf_throw() was walked. */
  seenException = false;
  /** The subprogram that exceptions end in, or null for the kernel's own. */
  exceptionCallback: number | null = null;
  /** What was said against the program in visit `reasonsVisit`, in order; see blame(). */
  reasons: Reason[] = [];
  reasonsVisit = 0;
  changesPktData = false;

  prevInsnProcessed = 0;
  insnProcessed = 0;
  prevJmpsProcessed = 0;
  jmpsProcessed = 0;
  maxStatesPerInsn = 0;
  totalStates = 0;
  peakStates = 0;
  longestMarkReadWalk = 0;
  freeListSize = 0;
  exploredStatesSize = 0;
  numBackedges = 0;
  maxCtxOffset = 0;
  maxPktOffset = 0;
  maxTpAccess = 0;

  /** Index in lineInfo of the record printed last, -1 for none (`prev_linfo`). */
  prevLinfo = -1;
  /** Bit r: register r changed since the frame was printed; two halves for the 64 stack slots. */
  scratchedRegs = 0;
  scratchedSlotsLo = 0;
  scratchedSlotsHi = 0;
  prevLogPos = 0;
  prevInsnPrintPos = 0;

  constructor(
    readonly input: ProgramInput,
    readonly options: VerifyOptions,
    readonly log: VerifierLog,
  ) {
    this.insns = input.insns;
    this.progType = input.type;
    const kind = { type: input.type, attachType: input.expectedAttachType };
    this.prog = {
      type: input.type,
      attachType: fixupAttachType(kind),
      sleepable: (input.flags & BPF_F_SLEEPABLE) !== 0,
      target: null,
    };
    const ops = progOpsOf(input.type);
    if (ops === null) throw new Unsupported(`program type ${input.type}`);
    this.ops = ops;
    this.btf = input.btf;
    this.aux = new InsnAux(input.insns.length);
    this.strictAlignment =
      (input.flags & BPF_F_ANY_ALIGNMENT) === 0 &&
      (options.policy.strictAlignment || (input.flags & BPF_F_STRICT_ALIGNMENT) !== 0);
    this.testStateFreq = (input.flags & BPF_F_TEST_STATE_FREQ) !== 0;
    this.testRegInvariants = (input.flags & BPF_F_TEST_REG_INVARIANTS) !== 0;
    this.sleepable = (input.flags & BPF_F_SLEEPABLE) !== 0;
  }

  /** The kernel's BTF, or null when it is not at hand. */
  get vmlinux(): Btf | null {
    return vmlinuxOf(this.options.vmlinux);
  }
  /** What the BTF word of a register means: BTF_NONE, BTF_VMLINUX, BTF_PROG (modules would follow). */
  btfAt(index: number): Btf | null {
    if (index === BTF_NONE) return null;
    return index === BTF_VMLINUX ? this.vmlinux : this.btf;
  }
  /** The BTF word of a register for `btf`, which is vmlinux's or the program's. */
  btfWord(btf: Btf): number {
    return btf === this.btf ? BTF_PROG : BTF_VMLINUX;
  }
  /** The kernel's BTF, without which the question at hand cannot be answered. */
  get kernelBtf(): Btf {
    const { vmlinux } = this;
    if (vmlinux === null) throw new Unsupported(NEEDS_VMLINUX);
    return vmlinux;
  }
  /** BTF id of a kernel type that the reference kernel has (btf_find_by_name_kind()). */
  kernelType(name: string, kind: BtfKind): number {
    const id = this.kernelBtf.findByName(name, kind);
    if (id === null) throw new Unsupported(`kernel type ${name}`);
    return id;
  }
  /** First slot after subprogram `i`. */
  subprogEnd(i: number): number {
    return i + 1 < this.subprogs.length ? this.subprogs[i + 1].start : this.insns.length;
  }
  /** Number of the subprogram that starts at slot `start`, or -1 (`find_subprog()`). */
  findSubprog(start: number): number {
    return this.subprogs.findIndex((s) => s.start === start);
  }
  /** The frame being walked (`cur_func()`). */
  get func() {
    return this.cur.frames[this.cur.curframe];
  }
  reg(regno: number): Reg {
    return this.cur.frames[this.cur.curframe].reg(regno);
  }
  /** Index in `maps` of the inner map (`inner_map_meta`) of map `outer`, which must have one. */
  innerMapIndex(outer: number): number {
    let index = this.innerMaps.get(outer);
    const { inner } = this.maps[outer];
    if (index === undefined && inner !== null) {
      // inner_map_meta describes the inner maps but has no name and no contents of its own.
      index = this.maps.push({ ...inner, name: '', frozen: false, directRead: () => null }) - 1;
      this.innerMaps.set(outer, index);
    }
    if (index === undefined) throw new InternalError(`map ${outer} has no inner map`);
    return index;
  }
  newId(): number {
    return ++this.idGen;
  }
  markRegScratched(regno: number): void {
    this.scratchedRegs |= 1 << regno;
  }
  markSlotScratched(spi: number): void {
    if (spi < 32) this.scratchedSlotsLo |= 1 << spi;
    else this.scratchedSlotsHi |= 1 << (spi - 32);
  }
  /** verifier_state_scratched() */
  stateScratched(): boolean {
    return (this.scratchedRegs | this.scratchedSlotsLo | this.scratchedSlotsHi) !== 0;
  }
  /** mark_verifier_state_scratched() */
  markAllScratched(): void {
    this.scratchedRegs = this.scratchedSlotsLo = this.scratchedSlotsHi = -1;
  }
  /** mark_verifier_state_clean() */
  markAllClean(): void {
    this.scratchedRegs = this.scratchedSlotsLo = this.scratchedSlotsHi = 0;
  }
  regScratched(regno: number): boolean {
    return ((this.scratchedRegs >>> regno) & 1) !== 0;
  }
  slotScratched(spi: number): boolean {
    return (((spi < 32 ? this.scratchedSlotsLo : this.scratchedSlotsHi) >>> (spi & 31)) & 1) !== 0;
  }
}

export const BPF_F_STRICT_ALIGNMENT = 1;
export const BPF_F_ANY_ALIGNMENT = 2;
export const BPF_F_TEST_RND_HI32 = 4;
export const BPF_F_TEST_STATE_FREQ = 8;
export const BPF_F_SLEEPABLE = 16;
export const BPF_F_XDP_HAS_FRAGS = 32;
export const BPF_F_XDP_DEV_BOUND_ONLY = 64;
export const BPF_F_TEST_REG_INVARIANTS = 128;
