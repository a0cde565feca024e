import { BPF_KPTR, BPF_UPTR, type BtfField, fieldTypeName } from '../../platform/btf-record.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';
import { recordOfMap } from '../state/records.ts';
import type { Reg } from '../state/reg.ts';
import { checkMemRegionAccess } from './regions.ts';
import { smin, umax, valLo, varOffConst } from './regs.ts';

/** An access to a map's value; `off` holds the pointer's fixed offset. */
export interface MapAccess {
  readonly off: number;
  readonly size: number;
  readonly zeroSizeAllowed: boolean;
  /** By a load or store, not by a helper. */
  readonly direct: boolean;
}

/** A kernel pointer is loaded and stored as a whole, by the program itself. */
function checkKptrField(env: VerifierEnv, reg: Reg, field: BtfField, acc: MapAccess): number {
  const name = fieldTypeName(field.type);
  if (!acc.direct) return reject(env, EACCES, '%s cannot be accessed indirectly by helper\n', name);
  if (!varOffConst(reg)) {
    return reject(env, EACCES, '%s access cannot have variable offset\n', name);
  }
  const off = acc.off + valLo(reg);
  if (field.offset !== off) {
    return reject(env, EACCES, '%s access misaligned expected=%u off=%lld\n', name, field.offset, off);
  }
  return acc.size === 8 ? 0 : reject(env, EACCES, '%s access size must be BPF_DW\n', name);
}

/** check_map_access(), Linux 6.18: within the value, and beside the fields that the kernel manages. */
export function checkMapAccess(env: VerifierEnv, regno: number, acc: MapAccess): number {
  const reg = env.reg(regno);
  const map = env.maps[reg.map];
  const err = checkMemRegionAccess(env, regno, acc.off, acc.size, map.valueSize, acc.zeroSizeAllowed);
  const record = err === 0 ? recordOfMap(env, map) : null;
  if (record === null) return err;
  for (const field of record.fields) {
    const before = umax(reg) + acc.off + acc.size <= field.offset;
    if (before || smin(reg) + acc.off >= field.offset + field.size) continue;
    if ((field.type & (BPF_KPTR | BPF_UPTR)) === 0) {
      const name = fieldTypeName(field.type);
      return reject(env, EACCES, '%s cannot be accessed directly by load/store\n', name);
    }
    const bad = checkKptrField(env, reg, field, acc);
    if (bad) return bad;
  }
  return 0;
}
