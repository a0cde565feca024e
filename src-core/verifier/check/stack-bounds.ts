import { tnumStr } from '../log/state.ts';
import { blame, reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EFAULT, EINVAL } from '../state/errno.ts';
import { type Frame, MAX_BPF_STACK } from '../state/frame.ts';
import type { Reg } from '../state/reg.ts';
import { BPF_MAX_VAR_OFF } from './ptr-arith.ts';
import { funcOf, smax, smin, valHi, valLo, varOffConst } from './regs.ts';

/** Tracks `size` bytes of stack at least and keeps the subprogram's high-water mark (grow_stack_state()). */
function growStack(env: VerifierEnv, frame: Frame, size: number): void {
  frame.grow(size);
  const subprog = env.subprogs[frame.subprogno];
  const rounded = (size + 7) & -8;
  if (subprog.stackDepth < rounded) subprog.stackDepth = rounded;
}

/** First byte and byte after the last of an access through `reg`, relative to the frame pointer. */
function range(reg: Reg, off: number, size: number): { min: number; max: number } {
  if (varOffConst(reg)) {
    const min = valHi(reg) * 0x1_0000_0000 + (valLo(reg) >>> 0) + off;
    return { min, max: min + size };
  }
  return { min: smin(reg) + off, max: smax(reg) + off + size };
}

/**
 * The access stays within the 512 bytes of the stack (check_stack_access_within_bounds(), Linux 6.18). `off`
 * holds the register's fixed offset, not its variable one.
 */
export function checkStackAccessWithinBounds(
  env: VerifierEnv,
  regno: number,
  off: number,
  size: number,
  write: boolean,
): number {
  const reg = env.reg(regno);
  const extra = write ? ' write to' : ' read from';
  if (!varOffConst(reg) && (smax(reg) >= BPF_MAX_VAR_OFF || smin(reg) <= -BPF_MAX_VAR_OFF)) {
    return reject(env, EACCES, 'invalid unbounded variable-offset%s stack R%d\n', extra, regno);
  }
  const { min, max } = range(reg, off, size);
  let err = min < -MAX_BPF_STACK || min > -1 ? -EACCES : 0;
  if (!err && max > 0) err = -EINVAL;
  if (!err && size < 0) err = -EFAULT;
  if (!err) {
    growStack(env, funcOf(env, reg), -min);
    return 0;
  }
  if (varOffConst(reg)) {
    blame(env, 'invalid%s stack R%d off=%d size=%d\n', extra, regno, off, size);
  } else {
    blame(
      env,
      'invalid variable-offset%s stack R%d var_off=%s off=%d size=%d\n',
      extra,
      regno,
      tnumStr(reg.a, reg.o),
      off,
      size,
    );
  }
  return err;
}

/** check_fastcall_stack_contract(), Linux 6.18: slots of bpf_fastcall patterns are used for something else. */
export function checkFastcallStackContract(
  env: VerifierEnv,
  frame: Frame,
  insnIdx: number,
  off: number,
): void {
  const subprog = env.subprogs[frame.subprogno];
  if (subprog.fastcallStackOff <= off || env.aux.fastcallPattern[insnIdx]) return;
  subprog.fastcallStackOff = -0x8000;
  const end = env.subprogEnd(frame.subprogno);
  for (let i = subprog.start; i < end; i++) {
    env.aux.fastcallSpillsNum[i] = 0;
    env.aux.fastcallPattern[i] = 0;
  }
}

/** bpf_mark_stack_read() of one slot. */
export function markStackRead(env: VerifierEnv, frameno: number, spi: number): number {
  return env.liveness.markRead(frameno, env.insnIdx, spi < 32 ? 1 << spi : 0, spi < 32 ? 0 : 1 << (spi - 32));
}

/** bpf_mark_stack_write() of one slot. */
export function markStackWrite(env: VerifierEnv, frameno: number, spi: number): void {
  env.liveness.markWrite(frameno, spi < 32 ? 1 << spi : 0, spi < 32 ? 0 : 1 << (spi - 32));
}
