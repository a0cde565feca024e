import { sizeBytes } from '../../../isa/opcodes.ts';
import { ldx, storeAs, stx } from '../insn.ts';
import { type ConvertCtx, converted } from './convert.ts';
import { spareRegister } from './spare.ts';

const KERN = 'bpf_sysctl_kern';
const WRITE_FLAG = 0;

/** sysctl_convert_ctx_access(), Linux 6.18: the position lies behind a pointer, so a store borrows a register. */
export const convertSysctl: ConvertCtx = (k, { insn: si, write }) => {
  const { dst, src } = si;
  const bytes = sizeBytes(si.code);
  if (si.off === WRITE_FLAG) return converted(4, ldx(bytes, dst, src, k.off(KERN, 'write')));
  const position = k.off(KERN, 'ppos');
  if (!write) return converted(4, ldx(8, dst, src, position), ldx(bytes, dst, dst, 0));
  const reg = spareRegister(dst, src);
  const saved = k.off(KERN, 'tmp_reg');
  return converted(
    4,
    stx(8, dst, reg, saved),
    ldx(8, reg, dst, position),
    storeAs({ ...si, dst: reg }, 4, 0),
    ldx(8, reg, dst, saved),
  );
};
