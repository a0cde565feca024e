import type { VerifierEnv } from '../state/env.ts';
import { BPF_ADD_CONST, type Reg } from '../state/reg.ts';
import { SCALAR_VALUE } from '../state/reg-type.ts';
import { clearScalarId, varOffConst } from './regs.ts';

/** A scalar that is about to be copied gets an id, so that the copy learns what it learns (assign_scalar_id_before_mov()). */
export function assignScalarIdBeforeMov(env: VerifierEnv, src: Reg): void {
  if (src.type !== SCALAR_VALUE) return;
  if ((src.id & BPF_ADD_CONST) !== 0) {
    clearScalarId(src);
  }
  if (src.id === 0 && !varOffConst(src)) src.id = env.newId();
}
