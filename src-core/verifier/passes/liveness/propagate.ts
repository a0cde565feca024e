import { verbose } from '../../log/verbose.ts';
import { BPF_LOG_LEVEL2, type VerifierEnv } from '../../state/env.ts';
import { insnSuccessors } from '../insn-flow.ts';
import { postorderEnd } from '../postorder.ts';
import { findContainingSubprog } from '../subprogs.ts';
import { type FuncInstance, LIVE_BEFORE, MAY_READ, MUST_WRITE, MUST_WRITE_ACC } from './instance.ts';

/** "-8,-24" for 0x5 (bpf_fmt_stack_mask()). */
function stackMaskText(lo: number, hi: number): string {
  const slots: number[] = [];
  for (let spi = 0; spi < 64; spi++) {
    if ((((spi < 32 ? lo : hi) >>> (spi & 31)) & 1) !== 0) slots.push(-(spi + 1) * 8);
  }
  return slots.join(',');
}

/** "(12,40)" (fmt_callchain()). */
function callchainText(instance: FuncInstance): string {
  return `(${instance.callsites.join(',')})`;
}

/** The data-flow pass over one instance (update_instance()). */
export class Propagation {
  private readonly succ = new Int32Array(2);
  private readonly isLogged: boolean;

  constructor(
    private readonly env: VerifierEnv,
    private readonly instance: FuncInstance,
  ) {
    this.isLogged = (env.log.level & BPF_LOG_LEVEL2) !== 0;
  }

  /** Repeats until nothing changes. */
  run(): void {
    const { env, instance } = this;
    if (instance.mustWriteDropped) instance.clearWriteAcc();
    const subprogno = findContainingSubprog(env, instance.start);
    const start = env.subprogs[subprogno].postorderStart;
    const end = postorderEnd(env, subprogno);
    let rounds = 0;
    let changed: boolean;
    do {
      rounds++;
      changed = this.round(start, end);
    } while (changed);
    if (this.isLogged) {
      verbose(env, '%s live stack update done in %d iterations\n', callchainText(instance), rounds);
    }
  }

  private round(start: number, end: number): boolean {
    let changed = false;
    for (let frame = 0; frame <= this.instance.curframe; frame++) {
      const masks = this.instance.frames[frame];
      if (masks === null) continue;
      for (let i = start; i < end; i++) {
        if (this.updateInsn(masks, frame, this.env.insnPostorder[i])) changed = true;
      }
    }
    return changed;
  }

  /** update_insn(): live before and written from here on, from the successors. */
  private updateInsn(masks: Int32Array, frame: number, insn: number): boolean {
    const { instance, succ } = this;
    const succs = insnSuccessors(this.env.insns, insn, succ);
    if (succs === 0) return false;
    const at = instance.at(insn);
    let afterLo = 0;
    let afterHi = 0;
    let accLo = -1;
    let accHi = -1;
    for (let s = 0; s < succs; s++) {
      const next = instance.at(succ[s]);
      afterLo |= masks[next + LIVE_BEFORE];
      afterHi |= masks[next + LIVE_BEFORE + 1];
      accLo &= masks[next + MUST_WRITE_ACC];
      accHi &= masks[next + MUST_WRITE_ACC + 1];
    }
    accLo |= masks[at + MUST_WRITE];
    accHi |= masks[at + MUST_WRITE + 1];
    const liveLo = (afterLo & ~masks[at + MUST_WRITE]) | masks[at + MAY_READ];
    const liveHi = (afterHi & ~masks[at + MUST_WRITE + 1]) | masks[at + MAY_READ + 1];
    if (this.isLogged && this.isShown(masks, at, insn)) {
      this.logChange('live', frame, insn, masks, at + LIVE_BEFORE, liveLo, liveHi);
      this.logChange('written', frame, insn, masks, at + MUST_WRITE_ACC, accLo, accHi);
    }
    const isLiveNew = setMask(masks, at + LIVE_BEFORE, liveLo, liveHi);
    return setMask(masks, at + MUST_WRITE_ACC, accLo, accHi) || isLiveNew;
  }

  /** Level 2 shows instructions that touch the stack, the first one, and prune points. */
  private isShown(masks: Int32Array, at: number, insn: number): boolean {
    const touched =
      masks[at + MAY_READ] | masks[at + MAY_READ + 1] | masks[at + MUST_WRITE] | masks[at + MUST_WRITE + 1];
    return touched !== 0 || insn === this.instance.start || this.env.aux.prunePoint[insn] !== 0;
  }

  /** log_mask_change() */
  private logChange(
    what: string,
    frame: number,
    insn: number,
    masks: Int32Array,
    at: number,
    lo: number,
    hi: number,
  ): void {
    const oldLo = masks[at];
    const oldHi = masks[at + 1];
    if (oldLo === lo && oldHi === hi) return;
    verbose(this.env, '%s frame %d insn %d ', callchainText(this.instance), frame, insn);
    const more = stackMaskText(lo & ~oldLo, hi & ~oldHi);
    const less = stackMaskText(oldLo & ~lo, oldHi & ~hi);
    if (more !== '') verbose(this.env, '+%s %s ', what, more);
    if (less !== '') verbose(this.env, '-%s %s', what, less);
    verbose(this.env, '\n');
  }
}

function setMask(masks: Int32Array, at: number, lo: number, hi: number): boolean {
  if (masks[at] === lo && masks[at + 1] === hi) return false;
  masks[at] = lo;
  masks[at + 1] = hi;
  return true;
}
