import type { Btf } from '../../btf/btf.ts';
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
import { dynptrTypeStr, regText } from './reg-text.ts';
import { verbose } from './verbose.ts';

export { dynptrTypeStr, regText, regTypeStr, tnumStr } from './reg-text.ts';

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

const ITER_STATES: readonly string[] = ['<invalid>', 'active', 'drained'];
const ITER_PREFIX = 'bpf_iter_';

/** iter_type_str(): "num" for struct bpf_iter_num. */
export const iterTypeStr = (btf: Btf | null, btfId: number): string =>
  btf === null || btfId === 0 ? '<invalid>' : btf.nameOf(btfId).slice(ITER_PREFIX.length);

/** " fp-16=dynptr_ringbuf(id=1,ref_id=2)": the main slot is the one above. */
function dynptrText(frame: Frame, spi: number): string {
  const main = frame.slot(spi + 1);
  const attributes: string[] = [];
  if (main.id !== 0) attributes.push(`id=${main.id}`);
  if (main.refObjId !== 0) attributes.push(`ref_id=${main.refObjId}`);
  // The kernel's union: where a register has its dynptr's id, the slot has its first_slot.
  if (main.dynptrId !== 0) attributes.push(`dynptr_id=${main.dynptrId}`);
  return ` fp${-(spi + 2) * BPF_REG_SIZE}=dynptr_${dynptrTypeStr(main.dynptrType)}(${attributes.join(',')})`;
}

function iterText(env: VerifierEnv, slot: Reg): string {
  const type = iterTypeStr(env.btfAt(slot.btf), slot.btfId);
  return `iter_${type}(ref_id=${slot.refObjId},state=${ITER_STATES[slot.iterState]},depth=${slot.iterDepth})`;
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
      return dynptrText(frame, spi);
    case STACK_ITER:
      // Only the main slot says what the object is.
      return slot.refObjId === 0 ? '' : `${name}=${iterText(env, slot)}`;
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
    // A dynptr's two slots are one text.
    if (frame.slot(spi).slotType(7) === STACK_DYNPTR && (printAll || env.slotScratched(spi))) spi++;
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
