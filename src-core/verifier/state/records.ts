import { type BtfRecord, mapRecord, structMetas } from '../../platform/btf-record.ts';
import type { VerifierMap } from '../api.ts';
import type { VerifierEnv } from './env.ts';
import { BTF_PROG, type Reg } from './reg.ts';
import { isAllocObj, PTR_TO_MAP_VALUE } from './reg-type.ts';

const known = new WeakMap<VerifierMap, BtfRecord | null>();

/** Managed fields of a map's value (`map->record`), or null. */
export function recordOfMap(env: VerifierEnv, map: VerifierMap): BtfRecord | null {
  let record = known.get(map);
  if (record === undefined) {
    record = mapRecord(map, () => env.vmlinux);
    known.set(map, record);
  }
  return record;
}

/** btf_find_struct_meta(): managed fields of a structure of the program's own BTF, or null. */
export function recordOfType(env: VerifierEnv, btf: number, btfId: number): BtfRecord | null {
  if (btf !== BTF_PROG || env.btf === null) return null;
  const metas = structMetas(env.btf, () => env.vmlinux);
  return typeof metas === 'number' ? null : (metas.get(btfId) ?? null);
}

/** reg_btf_record(): managed fields of what the register points to, or null. */
export function recordOfReg(env: VerifierEnv, reg: Reg): BtfRecord | null {
  if (reg.type === PTR_TO_MAP_VALUE) return recordOfMap(env, env.maps[reg.map]);
  return isAllocObj(reg.type) ? recordOfType(env, reg.btf, reg.btfId) : null;
}
