import {
  BPF_LDX,
  BPF_MEM,
  BPF_MEMSX,
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_IDX,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
  classOf,
  modeOf,
} from '../../isa/opcodes.ts';
import { BPF_MAX_VAR_OFF, MAX_USED_MAPS } from '../../platform/limits.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import type { VerifierMap } from '../api.ts';
import { blame, reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { E2BIG, EBADF, EINVAL, ENOTSUPP, ERANGE } from '../state/errno.ts';
import { PTR_TO_FUNC } from '../state/reg-type.ts';
import { Unsupported } from '../state/unsupported.ts';
import { isLdImm64 } from './insn-flow.ts';
import { resolveKernelSymbol } from './kernel-symbol.ts';
import { isKnownOpcode } from './known-opcodes.ts';
import { checkMapProgCompatibility } from './map-compat.ts';

/** Descriptors that a process has open from the start: they are there, but they are no maps. */
const STANDARD_STREAMS = 3;

/** add_used_map(): index of the map in env.maps, or -errno. */
function addUsedMap(env: VerifierEnv, fd: number): number {
  const map = env.input.maps.find((m) => m.fd === fd);
  if (map === undefined) {
    const errno = fd >= 0 && fd < STANDARD_STREAMS ? EINVAL : EBADF;
    return reject(env, errno, 'fd %d is not pointing to valid bpf_map\n', fd);
  }
  const known = env.maps.findIndex((m) => m.id === map.id);
  if (known >= 0) return known;
  if (env.maps.length >= MAX_USED_MAPS) {
    return reject(
      env,
      E2BIG,
      'The total number of maps per program has reached the limit of %u\n',
      MAX_USED_MAPS,
    );
  }
  const err = checkMapProgCompatibility(env, map);
  return err !== 0 ? err : env.maps.push(map) - 1;
}

const PAGE_SIZE = 4096;

/** map_direct_value_addr() of arrays: one element, an offset inside its value. */
function checkDirectValue(env: VerifierEnv, map: VerifierMap, off: number): number {
  if (off >= BPF_MAX_VAR_OFF) {
    return reject(env, EINVAL, 'direct value offset of %u is not allowed\n', off);
  }
  if (map.type === BPF_MAP_TYPE.arena) {
    if (off <= map.maxEntries * PAGE_SIZE) return 0;
    return reject(
      env,
      ERANGE,
      'invalid access to map value pointer, value_size=%u off=%u\n',
      map.valueSize,
      off,
    );
  }
  if (map.type !== BPF_MAP_TYPE.array) {
    return reject(env, EINVAL, 'no direct value access support for this map type\n');
  }
  const err = map.maxEntries !== 1 ? -ENOTSUPP : off >= map.valueSize ? -EINVAL : 0;
  if (err !== 0) {
    blame(env, 'invalid access to map value pointer, value_size=%u off=%u\n', map.valueSize, off);
  }
  return err;
}

function isValueLoad(src: number): boolean {
  return src === BPF_PSEUDO_MAP_VALUE || src === BPF_PSEUDO_MAP_IDX_VALUE;
}

/** May a map load of this kind carry what its second slot holds? */
function isMapLoadForm(src: number, second: number): boolean {
  if (isValueLoad(src)) return true;
  return (src === BPF_PSEUDO_MAP_FD || src === BPF_PSEUDO_MAP_IDX) && second === 0;
}

/** The map part of resolve_pseudo_ldimm64() for one load. */
function resolveMapLoad(env: VerifierEnv, i: number): number {
  const { insns, aux } = env;
  const src = insns.src[i];
  if (!isMapLoadForm(src, insns.imm[i + 1])) {
    return reject(env, EINVAL, 'unrecognized bpf_ld_imm64 insn\n');
  }
  if (src === BPF_PSEUDO_MAP_IDX || src === BPF_PSEUDO_MAP_IDX_VALUE) {
    throw new Unsupported('map load by index of fd_array');
  }
  const index = addUsedMap(env, insns.imm[i]);
  if (index < 0) return index;
  aux.mapIndex[i] = index + 1;
  aux.mapOff[i] = -1;
  if (!isValueLoad(src)) return 0;
  const off = insns.imm[i + 1] >>> 0;
  aux.mapOff[i] = off;
  return checkDirectValue(env, env.maps[index], off);
}

/** One 64-bit immediate load. */
function resolveLoad(env: VerifierEnv, i: number): number {
  const { insns } = env;
  const second = i + 1;
  if (
    second >= insns.length ||
    insns.code[second] !== 0 ||
    insns.dst[second] !== 0 ||
    insns.src[second] !== 0 ||
    insns.off[second] !== 0
  ) {
    return reject(env, EINVAL, 'invalid bpf_ld_imm64 insn\n');
  }
  switch (insns.src[i]) {
    case 0:
      return 0;
    case BPF_PSEUDO_BTF_ID:
      return resolveKernelSymbol(env, i);
    case BPF_PSEUDO_FUNC:
      env.aux.ptrType[i] = PTR_TO_FUNC;
      return 0;
    default:
      return resolveMapLoad(env, i);
  }
}

/**
 * resolve_pseudo_ldimm64(): finds the maps of 64-bit loads, and refuses opcodes that do not exist. The
 * instructions stay as they are; what a load means is in env.aux (mapIndex, mapOff).
 */
export function resolvePseudoLdimm64(env: VerifierEnv): number {
  const { insns } = env;
  for (let i = 0; i < insns.length; i++) {
    const code = insns.code[i];
    const mode = modeOf(code);
    if (classOf(code) === BPF_LDX && ((mode !== BPF_MEM && mode !== BPF_MEMSX) || insns.imm[i] !== 0)) {
      return reject(env, EINVAL, 'BPF_LDX uses reserved fields\n');
    }
    if (isLdImm64(insns, i)) {
      const err = resolveLoad(env, i);
      if (err !== 0) return err;
      i++;
    } else if (!isKnownOpcode(code)) {
      return reject(env, EINVAL, 'unknown opcode %02x\n', code);
    }
  }
  return 0;
}
