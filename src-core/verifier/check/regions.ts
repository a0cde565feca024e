import { BPF_F_RDONLY_PROG, BPF_F_WRONLY_PROG } from '../../platform/map-types.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { SMIN_LO } from '../domain/layout.ts';
import { regTypeStr, tnumStr } from '../log/state.ts';
import { blame, reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EINVAL } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import {
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_PACKET,
  PTR_TO_PACKET_END,
  PTR_TO_PACKET_META,
} from '../state/reg-type.ts';
import type { CallMeta } from './call-meta.ts';
import { BPF_MAX_VAR_OFF } from './ptr-arith.ts';
import { smin, sminLo, umax, umaxLo, valHi, valLo, varOffConst } from './regs.ts';

/** __check_mem_access(): a fixed range of a region of `memSize` bytes. */
function checkRange(
  env: VerifierEnv,
  regno: number,
  off: number,
  size: number,
  memSize: number,
  zeroSizeAllowed: boolean,
): number {
  const sizeOk = size > 0 || (size === 0 && zeroSizeAllowed);
  if (off >= 0 && sizeOk && off + size <= memSize) return 0;
  const reg = env.reg(regno);
  switch (reg.type) {
    case PTR_TO_MAP_KEY:
      blame(env, 'invalid access to map key, key_size=%d off=%d size=%d\n', memSize, off, size);
      break;
    case PTR_TO_MAP_VALUE:
      blame(env, 'invalid access to map value, value_size=%d off=%d size=%d\n', memSize, off, size);
      break;
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET_END:
      blame(
        env,
        'invalid access to packet, off=%d size=%d, R%d(id=%d,off=%d,r=%d)\n',
        off,
        size,
        regno,
        reg.id,
        off,
        memSize,
      );
      break;
    default:
      blame(env, 'invalid access to memory, mem_size=%u off=%d size=%d\n', memSize, off, size);
  }
  return -EACCES;
}

function minIsNegative(reg: Reg, off: number): boolean {
  const min = smin(reg);
  if (min >= 0) return false;
  const lo = reg.a[reg.o + SMIN_LO];
  const isS64Min = lo === 0 && reg.a[reg.o + SMIN_LO + 1] === -0x8000_0000;
  return isS64Min || off + min !== ((off + min) | 0) || min + off < 0;
}

/** check_mem_region_access(), Linux 6.18: the whole range of the variable offset lies in the region. */
export function checkMemRegionAccess(
  env: VerifierEnv,
  regno: number,
  off: number,
  size: number,
  memSize: number,
  zeroSizeAllowed: boolean,
): number {
  const reg = env.reg(regno);
  if (minIsNegative(reg, off)) {
    return reject(
      env,
      EACCES,
      'R%d min value is negative, either use unsigned index or do a if (index >=0) check.\n',
      regno,
    );
  }
  let err = checkRange(env, regno, (sminLo(reg) + off) | 0, size, memSize, zeroSizeAllowed);
  if (err) {
    blame(env, 'R%d min value is outside of the allowed memory range\n', regno);
    return err;
  }
  if (umax(reg) >= BPF_MAX_VAR_OFF) {
    return reject(
      env,
      EACCES,
      'R%d unbounded memory access, make sure to bounds check any such access\n',
      regno,
    );
  }
  err = checkRange(env, regno, (umaxLo(reg) + off) | 0, size, memSize, zeroSizeAllowed);
  if (err) blame(env, 'R%d max value is outside of the allowed memory range\n', regno);
  return err;
}

/** check_map_access_type(): BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG. */
export function checkMapAccessType(
  env: VerifierEnv,
  regno: number,
  off: number,
  size: number,
  write: boolean,
): number {
  const map = env.maps[env.reg(regno).map];
  const rdonly = (map.flags & BPF_F_RDONLY_PROG) !== 0;
  const wronly = !rdonly && (map.flags & BPF_F_WRONLY_PROG) !== 0;
  if (write && rdonly) {
    return reject(
      env,
      EACCES,
      'write into map forbidden, value_size=%d off=%d size=%d\n',
      map.valueSize,
      off,
      size,
    );
  }
  if (!write && wronly) {
    return reject(
      env,
      EACCES,
      'read from map forbidden, value_size=%d off=%d size=%d\n',
      map.valueSize,
      off,
      size,
    );
  }
  return 0;
}

/** may_access_direct_pkt_data(), Linux 6.18; `meta` for a helper's argument. */
export function mayAccessDirectPktData(env: VerifierEnv, meta: CallMeta | null, write: boolean): boolean {
  if (env.prog.type === BPF_PROG_TYPE.cgroup_sockopt) {
    if (write) env.seenDirectWrite = true;
    return true;
  }
  const { packet } = env.ops;
  if (packet === 'none' || (write && packet === 'read')) return false;
  if (meta !== null) return meta.pktAccess;
  env.seenDirectWrite = true;
  return true;
}

/** check_packet_access(), Linux 6.18. `off` holds the pointer's fixed offset. */
export function checkPacketAccess(
  env: VerifierEnv,
  regno: number,
  off: number,
  size: number,
  zeroSizeAllowed: boolean,
): number {
  const reg = env.reg(regno);
  if (smin(reg) < 0) {
    return reject(
      env,
      EACCES,
      'R%d min value is negative, either use unsigned index or do a if (index >=0) check.\n',
      regno,
    );
  }
  const err = reg.range < 0 ? -EINVAL : checkRange(env, regno, off, size, reg.range, zeroSizeAllowed);
  if (err) {
    blame(env, 'R%d offset is outside of the packet\n', regno);
    return err;
  }
  env.maxPktOffset = Math.max(env.maxPktOffset, off + umax(reg) + size - 1);
  return 0;
}

/** __check_ptr_off_reg(): the pointer was not moved (or, with `fixedOffOk`, by a constant only). */
export function checkPtrOffReg(env: VerifierEnv, reg: Reg, regno: number, fixedOffOk: boolean): number {
  if (reg.off < 0) {
    return reject(
      env,
      EACCES,
      'negative offset %s ptr R%d off=%d disallowed\n',
      regTypeStr(reg.type),
      regno,
      reg.off,
    );
  }
  if (!fixedOffOk && reg.off !== 0) {
    return reject(
      env,
      EACCES,
      'dereference of modified %s ptr R%d off=%d disallowed\n',
      regTypeStr(reg.type),
      regno,
      reg.off,
    );
  }
  if (!varOffConst(reg) || (valLo(reg) | valHi(reg)) !== 0) {
    return reject(
      env,
      EACCES,
      'variable %s access var_off=%s disallowed\n',
      regTypeStr(reg.type),
      tnumStr(reg.a, reg.o),
    );
  }
  return 0;
}

/** __check_buffer_access(): tracepoint and rdonly/rdwr buffers, sized when the program is attached. */
export function checkBufferAccess(
  env: VerifierEnv,
  info: string,
  regno: number,
  off: number,
  size: number,
): number {
  const reg = env.reg(regno);
  if (off < 0) {
    return reject(env, EACCES, 'R%d invalid %s buffer access: off=%d, size=%d\n', regno, info, off, size);
  }
  if (!varOffConst(reg) || (valLo(reg) | valHi(reg)) !== 0) {
    return reject(
      env,
      EACCES,
      'R%d invalid variable buffer offset: off=%d, var_off=%s\n',
      regno,
      off,
      tnumStr(reg.a, reg.o),
    );
  }
  return 0;
}
