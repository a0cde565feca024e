/** Facts about each instruction that passes and walk gather (`struct bpf_insn_aux_data`), as columns. */
export class InsnAux {
  /** Pointer type of loads and stores, 0 unseen (`ptr_type`). */
  readonly ptrType: Int32Array;
  /** Map loads: index in env.maps + 1, and the offset in its value (-1: the map pointer itself). */
  readonly mapIndex: Int32Array;
  readonly mapOff: Int32Array;
  /** Helper calls: map index + 1, 0 unseen; poisoned when paths disagree. */
  readonly callMap: Int32Array;
  readonly callMapPoison: Uint8Array;
  /** Constant key tracking for tail calls: 0 unseen, 1 seen, 2 poisoned; `mapKey` is the key. */
  readonly mapKeyState: Uint8Array;
  readonly mapKey: Float64Array;
  /** Slots that load the address of a kernel function (`btf_var`). */
  readonly kernelFuncs = new Set<number>();
  readonly ctxFieldSize: Int32Array;
  /** Walked at least once. */
  readonly seen: Uint8Array;
  readonly fastcallPattern: Uint8Array;
  readonly fastcallSpillsNum: Uint8Array;
  readonly jmpPoint: Uint8Array;
  readonly prunePoint: Uint8Array;
  readonly forceCheckpoint: Uint8Array;
  readonly callsCallback: Uint8Array;
  /** A call of bpf_iter_<type>_next(). */
  readonly isIterNext: Uint8Array;
  /** bpf_loop() calls: 0 unseen, 1 always one callback and no flags, 2 not so; and the callback. */
  readonly loopInline: Uint8Array;
  readonly loopSubprog: Int32Array;
  /** Strongly connected component, 0 for none. */
  readonly scc: Int32Array;
  /** Bit r: register r is alive before the instruction. */
  readonly liveRegsBefore: Uint16Array;

  constructor(length: number) {
    this.ptrType = new Int32Array(length);
    this.mapIndex = new Int32Array(length);
    this.mapOff = new Int32Array(length);
    this.callMap = new Int32Array(length);
    this.callMapPoison = new Uint8Array(length);
    this.mapKeyState = new Uint8Array(length);
    this.mapKey = new Float64Array(length);
    this.ctxFieldSize = new Int32Array(length);
    this.seen = new Uint8Array(length);
    this.fastcallPattern = new Uint8Array(length);
    this.fastcallSpillsNum = new Uint8Array(length);
    this.jmpPoint = new Uint8Array(length);
    this.prunePoint = new Uint8Array(length);
    this.forceCheckpoint = new Uint8Array(length);
    this.callsCallback = new Uint8Array(length);
    this.isIterNext = new Uint8Array(length);
    this.loopInline = new Uint8Array(length);
    this.loopSubprog = new Int32Array(length);
    this.scc = new Int32Array(length);
    this.liveRegsBefore = new Uint16Array(length);
  }
}
