import { regTypeStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import { PTR_TO_SOCK_COMMON, PTR_TO_SOCKET, PTR_TO_TCP_SOCK } from '../state/reg-type.ts';
import { smin } from './regs.ts';

/** Offsets in struct bpf_sock (include/uapi/linux/bpf.h, Linux 6.18). */
const SOCK = {
  family: 4,
  type: 8,
  protocol: 12,
  mark: 16,
  srcIp4: 24,
  srcPort: 44,
  dstPort: 48,
  dstPortEnd: 50,
  dstIp4: 52,
  state: 72,
  rxQueueMapping: 76,
  size: 80,
} as const;

/** Fields that may be read in part, from their first byte. */
const NARROW_AT_START: ReadonlySet<number> = new Set([
  SOCK.family,
  SOCK.type,
  SOCK.protocol,
  SOCK.srcPort,
  SOCK.state,
  SOCK.rxQueueMapping,
]);

/** bpf_sock_is_valid_access(): bytes of the field that a narrow load is part of, 0 for a whole one, -1 if refused. */
function sockField(off: number, size: number): number {
  if (off < 0 || off >= SOCK.size || off % size !== 0) return -1;
  if (off >= SOCK.dstPort && off < SOCK.dstPortEnd) {
    if (size === 4) return 4;
    return size <= 2 ? 2 : -1;
  }
  if (off >= SOCK.dstPortEnd && off < SOCK.dstIp4) return -1;
  const isAddress = (off >= SOCK.srcIp4 && off < SOCK.srcPort) || (off >= SOCK.dstIp4 && off < SOCK.state);
  if (isAddress || NARROW_AT_START.has(off)) return size <= 4 ? 4 : -1;
  return size === 4 ? 0 : -1;
}

/** bpf_sock_common_is_valid_access(): without what only full sockets have. */
function sockCommonField(off: number, size: number): number {
  return off >= SOCK.type && off < SOCK.srcIp4 ? -1 : sockField(off, size);
}

/** struct bpf_tcp_sock: 32-bit fields but for bytes_received and bytes_acked. */
const TCP_SOCK_SIZE = 112;
const BYTES_RECEIVED = 80;
const BYTES_ACKED = 88;

/** bpf_tcp_sock_is_valid_access() */
function tcpSockField(off: number, size: number): number {
  if (off < 0 || off >= TCP_SOCK_SIZE || off % size !== 0) return -1;
  return size === (off === BYTES_RECEIVED || off === BYTES_ACKED ? 8 : 4) ? 0 : -1;
}

/** bpf_xdp_sock_is_valid_access(): one field, queue_id. */
const xdpSockField = (off: number, size: number): number => (off === 0 && size === 4 ? 0 : -1);

function fieldSize(type: number, off: number, size: number): number {
  switch (type) {
    case PTR_TO_SOCK_COMMON:
      return sockCommonField(off, size);
    case PTR_TO_SOCKET:
      return sockField(off, size);
    case PTR_TO_TCP_SOCK:
      return tcpSockField(off, size);
    default:
      return xdpSockField(off, size);
  }
}

/** check_sock_access(), Linux 6.18: a load from a socket structure. `off` holds the pointer's fixed offset. */
export function checkSockAccess(
  env: VerifierEnv,
  insnIdx: number,
  regno: number,
  reg: Reg,
  off: number,
  size: number,
): number {
  if (smin(reg) < 0) {
    return reject(
      env,
      EACCES,
      'R%d min value is negative, either use unsigned index or do a if (index >=0) check.\n',
      regno,
    );
  }
  const field = fieldSize(reg.type, off, size);
  if (field >= 0) {
    env.aux.ctxFieldSize[insnIdx] = field;
    return 0;
  }
  return reject(
    env,
    EACCES,
    'R%d invalid %s access off=%d size=%d\n',
    regno,
    regTypeStr(reg.type),
    off,
    size,
  );
}
