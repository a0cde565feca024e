import { regBoundsSync } from '../domain/bounds.ts';
import { S32_MAX, S32_MIN, SMAX_LO, SMIN_LO } from '../domain/layout.ts';
import { set64 } from '../domain/words.ts';
import type { Reg } from '../state/reg.ts';

/** __mark_reg_s32_range(): an unknown register is a number within 32-bit bounds. */
export function markRegS32Range(reg: Reg, min: number, max: number): void {
  const { a, o } = reg;
  a[o + S32_MIN] = Math.max(a[o + S32_MIN], min);
  a[o + S32_MAX] = Math.min(a[o + S32_MAX], max);
  set64(a, o + SMIN_LO, min, min >> 31);
  set64(a, o + SMAX_LO, max, max >> 31);
  regBoundsSync(a, o);
}
