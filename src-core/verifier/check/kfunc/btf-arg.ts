import type { BtfType } from '../../../btf/types.ts';
import { KF_RELEASE } from '../../../platform/kfuncs.ts';
import { regTypeStr } from '../../log/state.ts';
import { blame, reject, verbose } from '../../log/verbose.ts';
import type { VerifierEnv } from '../../state/env.ts';
import { EFAULT, EINVAL } from '../../state/errno.ts';
import type { Reg } from '../../state/reg.ts';
import { baseType, MEM_ALLOC, PTR_TO_BTF_ID } from '../../state/reg-type.ts';
import { hasUnsafeModifiers, isRcuReg, structOfType, trustedModifiers } from '../regs.ts';
import { structIdsMatch, type TypeRef } from '../struct-ids.ts';
import type { KfuncMeta } from './meta.ts';
import { kindText } from './param.ts';

const NOCAST_ALIAS_SUFFIX = '___init';

/** btf_type_ids_nocast_alias(): one name is the other with `___init` behind it. */
const isNocastAlias = (a: string, b: string): boolean =>
  a === b + NOCAST_ALIAS_SUFFIX || b === a + NOCAST_ALIAS_SUFFIX;

/** btf_is_projection_of(): a view that programs see of a kernel structure. */
const isProjectionOf = (view: string, struct: string): boolean =>
  (view === '__sk_buff' && struct === 'sk_buff') || (view === 'xdp_md' && struct === 'xdp_buff');

/** What the register points to; null for a register without a type of its own. */
function typeOfReg(env: VerifierEnv, reg: Reg): TypeRef | null {
  if (baseType(reg.type) === PTR_TO_BTF_ID) {
    const btf = env.btfAt(reg.btf);
    return btf === null ? null : { btf, id: btf.skipModsAndTypedefs(reg.btfId) };
  }
  const name = structOfType(reg.type);
  const btf = env.vmlinux;
  const id = name === null ? null : (btf?.findByName(name, 'struct') ?? null);
  return btf === null || id === null ? null : { btf, id };
}

export interface WantedStruct {
  readonly type: BtfType;
  readonly id: number;
}

/** process_kf_arg_ptr_to_btf_id(), Linux 6.18: the register points to the structure that parameter `arg` wants. */
export function processBtfArg(env: VerifierEnv, arg: number, meta: KfuncMeta, want: WantedStruct): number {
  const { sig } = meta;
  const reg = env.reg(arg + 1);
  const unsafe = hasUnsafeModifiers(reg.type) && !isRcuReg(reg);
  if ((baseType(reg.type) !== PTR_TO_BTF_ID || unsafe) && structOfType(reg.type) === null) {
    blame(env, 'arg#%d is %s ', arg, regTypeStr(reg.type));
    verbose(env, 'expected %s or socket\n', regTypeStr(baseType(reg.type) | trustedModifiers(reg.type)));
    return -EINVAL;
  }
  const have = typeOfReg(env, reg);
  if (have === null) return reject(env, EFAULT, 'verifier bug: no BTF type in R%d\n', arg + 1);
  const haveType = have.btf.typeById(have.id);
  const releases = ((sig.flags ?? 0) & KF_RELEASE) !== 0 && reg.refObjId !== 0;
  const strict = releases || isNocastAlias(haveType.name, want.type.name);
  // The match explains itself, so it is tried even where the projection decides.
  const projection = isProjectionOf(want.type.name, haveType.name);
  const same = structIdsMatch(
    env,
    have,
    reg.off,
    { btf: sig.btf, id: want.id },
    { strict, flexArrays: (reg.type & MEM_ALLOC) === 0 },
  );
  if (projection || same) return 0;
  return reject(
    env,
    EINVAL,
    'kernel function %s args#%d expected pointer to %s %s but R%d has a pointer to %s %s\n',
    sig.name,
    arg,
    kindText(want.type),
    want.type.name,
    arg + 1,
    kindText(haveType),
    haveType.name,
  );
}
