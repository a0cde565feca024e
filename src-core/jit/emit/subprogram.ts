import { assertNever, InternalError } from '../../util/assert-never.ts';
import type { BasicBlock, Cfg } from '../cfg.ts';
import { type Shape, type Step, structure } from '../structure.ts';
import type { I32Local, Label } from '../wasm/function-builder.ts';
import { emitFault, emitFuelSpent } from './call.ts';
import { type Emit, FAULT_FUEL, FAULT_INSTRUCTION } from './context.ts';
import { emitInsn } from './insn.ts';
import { emitCondition } from './jump.ts';

function shapeOf({ exit }: BasicBlock): Shape {
  switch (exit.kind) {
    case 'goto':
      return { kind: 'goto', to: exit.to };
    case 'cond':
      return { kind: 'cond', taken: exit.taken, next: exit.next };
    default:
      return { kind: 'leave' };
  }
}

/** Emits the whole control flow of one subprogram. */
export function emitSubprogram(e: Emit, cfg: Cfg): void {
  const shape = structure(cfg.blocks.map(shapeOf));
  if (shape.kind === 'tree') new TreeEmitter(e, cfg).emit(shape.steps);
  else emitDispatcher(e, cfg, shape.order);
  // Every path has left the function; Wasm wants to see that.
  e.f.op('unreachable');
}

/** if (--fuel < 0) fault */
function emitFuel(e: Emit, slot: number): void {
  const { f, fuel } = e;
  if (fuel === null) throw new InternalError('a loop in a function that has none');
  f.get(fuel.left).i32(1).op('i32_sub').tee(fuel.left).i32(0).op('i32_lt_s').if();
  emitFault(e, FAULT_FUEL, slot);
  f.end();
}

function emitBody(e: Emit, block: BasicBlock): void {
  e.known.startBlock();
  for (const { slot, insn } of block.body) {
    emitInsn(e, slot, insn);
    e.known.step(insn);
  }
}

/** return r0, or a fault where the program cannot go on */
function emitLeave(e: Emit, block: BasicBlock): void {
  if (block.exit.kind === 'fault') emitFault(e, FAULT_INSTRUCTION, block.exit.slot);
  else {
    emitFuelSpent(e);
    e.f.get(e.r[0]).op('return');
  }
}

class TreeEmitter {
  private readonly labels = new Map<number, Label>();
  constructor(
    private readonly e: Emit,
    private readonly cfg: Cfg,
  ) {}

  emit(steps: readonly Step[]): void {
    for (const step of steps) this.step(step);
  }

  private label(block: number): Label {
    const label = this.labels.get(block);
    if (label === undefined) throw new InternalError(`structure: no label for block ${block}`);
    return label;
  }

  private conditionOf(block: number): void {
    const { exit } = this.cfg.blocks[block];
    if (exit.kind !== 'cond') throw new InternalError(`structure: block ${block} has no condition`);
    emitCondition(this.e, exit.insn);
  }

  private step(step: Step): void {
    const { e, cfg } = this;
    switch (step.op) {
      case 'block':
        this.labels.set(step.block, e.f.block());
        return;
      case 'loop':
        this.labels.set(step.block, e.f.loop());
        return emitFuel(e, cfg.blocks[step.block].start);
      case 'end':
        e.f.end();
        return;
      case 'body':
        return emitBody(e, cfg.blocks[step.block]);
      case 'brIf':
        this.conditionOf(step.block);
        e.f.brIf(this.label(step.to));
        return;
      case 'if':
        this.conditionOf(step.block);
        e.f.if();
        return;
      case 'else':
        e.f.else();
        return;
      case 'br':
        e.f.br(this.label(step.to));
        return;
      case 'leave':
        return emitLeave(e, cfg.blocks[step.block]);
      case 'fault':
        return emitFault(e, FAULT_INSTRUCTION, cfg.blocks[step.block].start);
      default:
        assertNever(step);
    }
  }
}

/**
 * An irreducible graph: one loop that switches on the number of the next block.
 *
 *   loop { fuel; block bn ... block b0 { br_table next } b0... }
 */
function emitDispatcher(e: Emit, cfg: Cfg, order: readonly number[]): void {
  const { f } = e;
  const next = f.i32Local();
  const caseOf = new Map(order.map((block, i) => [block, i]));
  f.i32(0).set(next);
  const loop = f.loop();
  emitFuel(e, cfg.blocks[order[0]].start);
  const labels = order.map(() => f.block()).reverse();
  f.get(next).brTable(labels, labels[labels.length - 1]);
  for (const block of order) {
    f.end();
    emitBody(e, cfg.blocks[block]);
    emitDispatchExit(e, cfg.blocks[block], caseOf, next, loop);
  }
  f.end();
}

function emitDispatchExit(
  e: Emit,
  block: BasicBlock,
  caseOf: ReadonlyMap<number, number>,
  next: I32Local,
  loop: Label,
): void {
  const { f } = e;
  const go = (to: number | null): void => {
    const target = to === null ? undefined : caseOf.get(to);
    if (target === undefined) return emitFault(e, FAULT_INSTRUCTION, block.start);
    f.i32(target).set(next).br(loop);
  };
  switch (block.exit.kind) {
    case 'goto':
      return go(block.exit.to);
    case 'cond':
      emitCondition(e, block.exit.insn);
      f.if();
      go(block.exit.taken);
      f.end();
      return go(block.exit.next);
    default:
      return emitLeave(e, block);
  }
}
