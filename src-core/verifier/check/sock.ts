import { type SockKind, sockFieldSize } from '../../platform/prog/sock.ts';
import { regTypeStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import { PTR_TO_SOCK_COMMON, PTR_TO_SOCKET, PTR_TO_TCP_SOCK, PTR_TO_XDP_SOCK } from '../state/reg-type.ts';
import { smin } from './regs.ts';

const KIND: ReadonlyMap<number, SockKind> = new Map([
  [PTR_TO_SOCK_COMMON, 'sock_common'],
  [PTR_TO_SOCKET, 'sock'],
  [PTR_TO_TCP_SOCK, 'tcp_sock'],
  [PTR_TO_XDP_SOCK, 'xdp_sock'],
]);

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
  const kind = KIND.get(reg.type);
  const field = kind === undefined ? null : sockFieldSize(kind, off, size);
  if (field !== null) {
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
