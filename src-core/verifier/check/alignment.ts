import { tnumAdd, tnumConst, tnumIsAligned } from '../domain/tnum.ts';
import { tnumStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import {
  PTR_TO_ARENA,
  PTR_TO_CTX,
  PTR_TO_FLOW_KEYS,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_STACK,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
} from '../state/reg-type.ts';

/** NET_IP_ALIGN as strict mode assumes it. */
const IP_ALIGN = 2;

const POINTER_DESC: ReadonlyMap<number, string> = new Map([
  [PTR_TO_FLOW_KEYS, 'flow keys '],
  [PTR_TO_MAP_KEY, 'key '],
  [PTR_TO_MAP_VALUE, 'value '],
  [PTR_TO_CTX, 'context '],
  [PTR_TO_STACK, 'stack '],
  [PTR_TO_SOCKET, 'sock '],
  [PTR_TO_SOCK_COMMON, 'sock_common '],
  [PTR_TO_TCP_SOCK, 'tcp_sock '],
  [PTR_TO_XDP_SOCK, 'xdp_sock '],
]);

const sum = new Int32Array(4);

function isAligned(reg: Reg, add: number, size: number): boolean {
  tnumConst(sum, 0, add, add >> 31);
  tnumAdd(sum, 0, reg.a, reg.o, sum, 0);
  return tnumIsAligned(sum, 0, size);
}

/** check_ptr_alignment(), Linux 6.18. `off` leaves out the register's own fixed offset. */
export function checkPtrAlignment(
  env: VerifierEnv,
  reg: Reg,
  off: number,
  size: number,
  strictOnce: boolean,
): number {
  const { type } = reg;
  const strict = env.strictAlignment || strictOnce || type === PTR_TO_STACK;
  if (type === PTR_TO_ARENA || !strict || size === 1) return 0;
  if (type === PTR_TO_PACKET || type === PTR_TO_PACKET_META) {
    if (isAligned(reg, (IP_ALIGN + reg.off + off) | 0, size)) return 0;
    return reject(
      env,
      EACCES,
      'misaligned packet access off %d+%s+%d+%d size %d\n',
      IP_ALIGN,
      tnumStr(reg.a, reg.o),
      reg.off,
      off,
      size,
    );
  }
  if (isAligned(reg, (reg.off + off) | 0, size)) return 0;
  return reject(
    env,
    EACCES,
    'misaligned %saccess off %s+%d+%d size %d\n',
    POINTER_DESC.get(type) ?? '',
    tnumStr(reg.a, reg.o),
    reg.off,
    off,
    size,
  );
}
