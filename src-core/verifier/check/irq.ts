import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL, ERANGE } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import { PTR_TO_STACK, STACK_IRQ_FLAG } from '../state/reg-type.ts';
import { writeObjectMemory } from './helper-mem.ts';
import { acquireIrq, releaseIrq } from './refs.ts';
import { funcOf, markRegKnownZero } from './regs.ts';
import {
  fillSlot,
  forgetSlot,
  isSlotOf,
  noteSlotsRead,
  noteSlotsWritten,
  stackObjectSpi,
} from './stack-object.ts';

/** Which kfuncs an IRQ flag belongs to. */
const IRQ_NATIVE_KFUNC = 1;
const IRQ_LOCK_KFUNC = 2;

export interface IrqUse {
  readonly save: boolean;
  /** Of a res_spin_lock, not of bpf_local_irq_save(). */
  readonly lock: boolean;
}

const irqSpi = (env: VerifierEnv, reg: Reg): number => stackObjectSpi(env, reg, 'irq_flag', 1);

/** is_irq_flag_reg_valid_uninit() */
function isUninit(env: VerifierEnv, reg: Reg): boolean {
  const spi = irqSpi(env, reg);
  if (spi === -ERANGE) return true;
  if (spi < 0) return false;
  const slot = funcOf(env, reg).slot(spi);
  for (let j = 0; j < 8; j++) if (slot.slotType(j) === STACK_IRQ_FLAG) return false;
  return true;
}

/** mark_stack_slot_irq_flag() */
function mark(env: VerifierEnv, reg: Reg, kfuncClass: number): number {
  const spi = irqSpi(env, reg);
  if (spi < 0) return spi;
  const id = acquireIrq(env);
  const frame = funcOf(env, reg);
  const st = frame.slot(spi);
  noteSlotsWritten(env, frame, spi, 1);
  markRegKnownZero(st);
  st.type = PTR_TO_STACK;
  st.refObjId = id;
  st.irqClass = kfuncClass;
  fillSlot(frame, spi, STACK_IRQ_FLAG);
  env.markSlotScratched(spi);
  return 0;
}

/** unmark_stack_slot_irq_flag() */
function unmark(env: VerifierEnv, reg: Reg, kfuncClass: number): number {
  const spi = irqSpi(env, reg);
  if (spi < 0) return spi;
  const frame = funcOf(env, reg);
  const st = frame.slot(spi);
  if (st.irqClass !== kfuncClass) {
    const name = (cls: number): string => (cls === IRQ_NATIVE_KFUNC ? 'native' : 'lock');
    return reject(
      env,
      EINVAL,
      'irq flag acquired by %s kfuncs cannot be restored with %s kfuncs\n',
      name(st.irqClass),
      name(kfuncClass),
    );
  }
  const err = releaseIrq(env.cur, st.refObjId);
  if (err) {
    const active = env.cur.activeIrqId;
    const insnIdx = env.cur.refs.find((r) => r.id === active)?.insnIdx ?? 0;
    return reject(
      env,
      -err,
      'cannot restore irq state out of order, expected id=%d acquired at insn_idx=%d\n',
      active,
      insnIdx,
    );
  }
  forgetSlot(frame, spi);
  noteSlotsWritten(env, frame, spi, 1);
  env.markSlotScratched(spi);
  return 0;
}

/** is_irq_flag_reg_valid_init() */
function isInit(env: VerifierEnv, reg: Reg): boolean {
  const spi = irqSpi(env, reg);
  if (spi < 0) return false;
  const frame = funcOf(env, reg);
  return frame.slot(spi).refObjId !== 0 && isSlotOf(frame, spi, STACK_IRQ_FLAG);
}

/** process_irq_flag(), Linux 6.18: the saved interrupt flags in argument register `regno`. */
export function processIrqFlag(env: VerifierEnv, regno: number, use: IrqUse): number {
  const reg = env.reg(regno);
  const kfuncClass = use.lock ? IRQ_LOCK_KFUNC : IRQ_NATIVE_KFUNC;
  if (use.save) {
    if (!isUninit(env, reg)) {
      return reject(env, EINVAL, 'expected uninitialized irq flag as arg#%d\n', regno - 1);
    }
    return writeObjectMemory(env, regno, 8) || mark(env, env.reg(regno), kfuncClass);
  }
  if (!isInit(env, reg)) {
    return reject(env, EINVAL, 'expected an initialized irq flag as arg#%d\n', regno - 1);
  }
  const spi = irqSpi(env, reg);
  if (spi < 0) return spi;
  return noteSlotsRead(env, reg.frameno, spi, 1) || unmark(env, reg, kfuncClass);
}
