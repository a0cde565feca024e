import { InternalError } from '../../util/assert-never.ts';
import { sleb32, sleb64, uleb } from './leb.ts';
import { I32, I64, type ValType, VOID, W, type WasmOp } from './opcodes.ts';

/** A local of known type: handles of the two types cannot be mixed up. */
export interface I32Local {
  readonly index: number;
  readonly type: typeof I32;
}
export interface I64Local {
  readonly index: number;
  readonly type: typeof I64;
}

/** A block or loop that is open; branching names it, so nobody counts depths. */
export interface Label {
  readonly id: number;
}

/** Operations without immediates. */
type Plain = Exclude<
  WasmOp,
  | 'block'
  | 'loop'
  | 'if'
  | 'else'
  | 'end'
  | 'br'
  | 'br_if'
  | 'br_table'
  | 'call'
  | 'local_get'
  | 'local_set'
  | 'local_tee'
  | 'i32_const'
  | 'i64_const'
  | `${string}_load${string}`
  | `${string}_store${string}`
>;
type MemoryOp = Extract<WasmOp, `${string}_load${string}` | `${string}_store${string}`>;

/** Writes the body of one Wasm function. */
export class FunctionBuilder {
  private readonly code: number[] = [];
  private readonly locals: ValType[] = [];
  /** Open constructs, innermost last; an `if` has no label. */
  private readonly open: (Label | null)[] = [];
  private nextLabel = 0;

  constructor(readonly params: readonly ValType[]) {}

  i32Param(index: number): I32Local {
    return { index, type: I32 };
  }
  i64Param(index: number): I64Local {
    return { index, type: I64 };
  }
  private newLocal(type: ValType): number {
    this.locals.push(type);
    return this.params.length + this.locals.length - 1;
  }
  i32Local(): I32Local {
    return { index: this.newLocal(I32), type: I32 };
  }
  i64Local(): I64Local {
    return { index: this.newLocal(I64), type: I64 };
  }

  op(name: Plain): this {
    this.code.push(W[name]);
    return this;
  }
  get(local: I32Local | I64Local): this {
    this.code.push(W.local_get);
    uleb(this.code, local.index);
    return this;
  }
  set(local: I32Local | I64Local): this {
    this.code.push(W.local_set);
    uleb(this.code, local.index);
    return this;
  }
  tee(local: I32Local | I64Local): this {
    this.code.push(W.local_tee);
    uleb(this.code, local.index);
    return this;
  }
  i32(value: number): this {
    this.code.push(W.i32_const);
    sleb32(this.code, value);
    return this;
  }
  /** A 64-bit constant from halves. */
  i64(lo: number, hi: number): this {
    this.code.push(W.i64_const);
    sleb64(this.code, lo, hi);
    return this;
  }
  /** A load or store with natural alignment hint 0 (BPF permits any alignment) and a constant offset. */
  mem(name: MemoryOp, offset = 0): this {
    this.code.push(W[name], 0);
    uleb(this.code, offset);
    return this;
  }
  call(functionIndex: number): this {
    this.code.push(W.call);
    uleb(this.code, functionIndex);
    return this;
  }

  private enter(opcode: number, label: Label | null): void {
    this.code.push(opcode, VOID);
    this.open.push(label);
  }
  block(): Label {
    const label = { id: this.nextLabel++ };
    this.enter(W.block, label);
    return label;
  }
  loop(): Label {
    const label = { id: this.nextLabel++ };
    this.enter(W.loop, label);
    return label;
  }
  if(): this {
    this.enter(W.if, null);
    return this;
  }
  else(): this {
    this.code.push(W.else);
    return this;
  }
  end(): this {
    if (this.open.pop() === undefined) throw new InternalError('Wasm: end without a block');
    this.code.push(W.end);
    return this;
  }

  private depthOf(label: Label): number {
    const at = this.open.lastIndexOf(label);
    if (at < 0) throw new InternalError(`Wasm: branch to closed label ${label.id}`);
    return this.open.length - 1 - at;
  }
  br(label: Label): this {
    this.code.push(W.br);
    uleb(this.code, this.depthOf(label));
    return this;
  }
  brIf(label: Label): this {
    this.code.push(W.br_if);
    uleb(this.code, this.depthOf(label));
    return this;
  }
  brTable(labels: readonly Label[], fallback: Label): this {
    this.code.push(W.br_table);
    uleb(this.code, labels.length);
    for (const label of labels) uleb(this.code, this.depthOf(label));
    uleb(this.code, this.depthOf(fallback));
    return this;
  }

  /** The function body: locals, code, end. Every label must be closed. */
  finish(): number[] {
    if (this.open.length > 0) throw new InternalError(`Wasm: ${this.open.length} blocks left open`);
    const out: number[] = [];
    uleb(out, this.locals.length);
    for (const type of this.locals) out.push(1, type);
    for (const byte of this.code) out.push(byte);
    out.push(W.end);
    return out;
  }
}
