import { MAX_BPF_REG } from '../../isa/opcodes.ts';
import type { VerifierEnv } from '../state/env.ts';
import { BPF_REG_SIZE, type Frame } from '../state/frame.ts';
import type { Reg } from '../state/reg.ts';
import {
  NOT_INIT,
  STACK_DYNPTR,
  STACK_INVALID,
  STACK_IRQ_FLAG,
  STACK_ITER,
  STACK_MISC,
  STACK_SPILL,
  STACK_ZERO,
} from '../state/reg-type.ts';
import type { VerifierState } from '../state/state.ts';
import { Unsupported } from '../state/unsupported.ts';
import { regText } from './reg-text.ts';
import { verbose } from './verbose.ts';

export { regText, regTypeStr, tnumStr } from './reg-text.ts';

const SLOT_LETTER: Readonly<Record<number, string>> = {
  [STACK_INVALID]: '?',
  [STACK_SPILL]: 'r',
  [STACK_MISC]: 'm',
  [STACK_ZERO]: '0',
  [STACK_DYNPTR]: 'd',
  [STACK_ITER]: 'i',
  [STACK_IRQ_FLAG]: 'f',
};

/** The eight letters of a stack slot, lowest address first: "mmmmmmmm", "????rrrr". */
export function slotLetters(slot: Reg): string {
  let text = '';
  for (let j = 0; j < BPF_REG_SIZE; j++) text += SLOT_LETTER[slot.slotType(j)];
  return text;
}

/** " fp-8=mmmmmmmm", or '' for a slot that was never written. */
function slotText(env: VerifierEnv, frame: Frame, spi: number): string {
  const slot = frame.slot(spi);
  const letters = slotLetters(slot);
  if (letters === '????????') return '';
  const name = ` fp${-(spi + 1) * BPF_REG_SIZE}`;
  switch (slot.slotType(BPF_REG_SIZE - 1)) {
    case STACK_SPILL:
      // Only the bytes below a partial spill keep their letters.
      return `${name}=${letters.slice(0, letters.indexOf('r'))}${regText(env, frame, slot)}`;
    case STACK_DYNPTR:
    case STACK_ITER:
      throw new Unsupported('text of a dynptr or iterator on the stack');
    default:
      return `${name}=${letters}`;
  }
}

function refsText(state: VerifierState): string {
  if (state.refs.length === 0 || state.refs[0].id === 0) return '';
  return ` refs=${state.refs
    .filter((ref) => ref.id !== 0)
    .map((ref) => ref.id)
    .join(',')}`;
}

function frameText(env: VerifierEnv, state: VerifierState, frameno: number, printAll: boolean): string {
  const frame = state.frames[frameno];
  let text = frame.frameno !== 0 ? ` frame${frame.frameno}:` : '';
  for (let i = 0; i < MAX_BPF_REG; i++) {
    const reg = frame.reg(i);
    if (reg.type === NOT_INIT || !(printAll || env.regScratched(i))) continue;
    text += ` R${i}=${regText(env, frame, reg)}`;
  }
  for (let spi = 0; spi < frame.slots; spi++) {
    if (printAll || env.slotScratched(spi)) text += slotText(env, frame, spi);
  }
  text += refsText(state);
  if (frame.inCallbackFn) text += ' cb';
  if (frame.inAsyncCallbackFn) text += ' async_cb';
  return text;
}

/**
 * print_verifier_state(): the registers and slots of one frame on the current line; only what changed since
 * the last printing unless `printAll`. Printing what changed clears the marks.
 */
export function printVerifierState(
  env: VerifierEnv,
  state: VerifierState,
  frameno: number,
  printAll: boolean,
): void {
  if (env.log.level !== 0) env.log.write(`${frameText(env, state, frameno, printAll)}\n`);
  if (!printAll) env.markAllClean();
}

const BPF_LOG_MIN_ALIGNMENT = 8;
const BPF_LOG_ALIGNMENT = 40;

/** vlog_alignment(): blanks from column `pos` to the state's column: 40, or further in steps of 8. */
function vlogAlignment(pos: number): number {
  const column = Math.max(pos + BPF_LOG_MIN_ALIGNMENT / 2, BPF_LOG_ALIGNMENT);
  return Math.ceil(column / BPF_LOG_MIN_ALIGNMENT) * BPF_LOG_MIN_ALIGNMENT - pos - 1;
}

/**
 * print_insn_state(): the state after an instruction. If the instruction's own line is the last thing in the
 * log its newline is taken back and the state follows on the same line; else a new line starts "12:".
 */
export function printInsnState(env: VerifierEnv, state: VerifierState, frameno: number): void {
  if (env.prevLogPos !== 0 && env.prevLogPos === env.log.endPos) {
    env.log.reset(env.prevLogPos - 1);
    verbose(env, '%s;', ' '.repeat(vlogAlignment(env.prevInsnPrintPos)));
  } else {
    verbose(env, '%d:', env.insnIdx);
  }
  printVerifierState(env, state, frameno, false);
}
