import { ARG, type ArgBase, argBase, type FuncProto } from '../../platform/func-proto.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import { regTypeStr } from '../log/state.ts';
import { blame, reject, verbose } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EFAULT, EINVAL } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import {
  baseType,
  CONST_PTR_TO_DYNPTR,
  CONST_PTR_TO_MAP,
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  MEM_RDONLY,
  MEM_RINGBUF,
  NON_OWN_REF,
  OBJ_RELEASE,
  PTR_MAYBE_NULL,
  PTR_TO_ARENA,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_CTX,
  PTR_TO_FUNC,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_STACK,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
  PTR_TRUSTED,
  SCALAR_VALUE,
} from '../state/reg-type.ts';
import type { CallMeta } from './call-meta.ts';
import { DYNPTR_TYPE_FLAG_MASK } from './dynptr-slot.ts';
import { type BtfArg, checkBtfArg } from './helper-btf.ts';
import { checkPtrOffReg } from './regions.ts';

const SCALAR = [SCALAR_VALUE];
const SOCKS = [PTR_TO_SOCK_COMMON, PTR_TO_SOCKET, PTR_TO_TCP_SOCK, PTR_TO_XDP_SOCK];
const MEMORY = [
  PTR_TO_STACK,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_MEM | MEM_RINGBUF,
  PTR_TO_BUF,
  PTR_TO_BTF_ID | PTR_TRUSTED,
];

/** compatible_reg_types[]: the register types that each type of argument takes, in the order of the message. */
const COMPATIBLE: Record<ArgBase, readonly number[] | null> = {
  [ARG.ARG_DONTCARE]: null,
  [ARG.ARG_ANYTHING]: null,
  [ARG.ARG_PTR_TO_ARENA]: null,
  [ARG.ARG_CONST_MAP_PTR]: [CONST_PTR_TO_MAP],
  [ARG.ARG_PTR_TO_MAP_KEY]: MEMORY,
  [ARG.ARG_PTR_TO_MAP_VALUE]: MEMORY,
  [ARG.ARG_PTR_TO_MEM]: MEMORY,
  [ARG.ARG_CONST_SIZE]: SCALAR,
  [ARG.ARG_CONST_SIZE_OR_ZERO]: SCALAR,
  [ARG.ARG_CONST_ALLOC_SIZE_OR_ZERO]: SCALAR,
  [ARG.ARG_PTR_TO_CTX]: [PTR_TO_CTX],
  [ARG.ARG_PTR_TO_SPIN_LOCK]: [PTR_TO_MAP_VALUE, PTR_TO_BTF_ID | MEM_ALLOC],
  [ARG.ARG_PTR_TO_SOCK_COMMON]: SOCKS,
  [ARG.ARG_PTR_TO_SOCKET]: [PTR_TO_SOCKET],
  [ARG.ARG_PTR_TO_BTF_ID]: [PTR_TO_BTF_ID, PTR_TO_BTF_ID | PTR_TRUSTED, PTR_TO_BTF_ID | MEM_RCU],
  [ARG.ARG_PTR_TO_RINGBUF_MEM]: [PTR_TO_MEM | MEM_RINGBUF],
  [ARG.ARG_PTR_TO_BTF_ID_SOCK_COMMON]: [...SOCKS, PTR_TO_BTF_ID, PTR_TO_BTF_ID | PTR_TRUSTED],
  [ARG.ARG_PTR_TO_PERCPU_BTF_ID]: [
    PTR_TO_BTF_ID | MEM_PERCPU,
    PTR_TO_BTF_ID | MEM_PERCPU | MEM_RCU,
    PTR_TO_BTF_ID | MEM_PERCPU | PTR_TRUSTED,
  ],
  [ARG.ARG_PTR_TO_FUNC]: [PTR_TO_FUNC],
  [ARG.ARG_PTR_TO_STACK]: [PTR_TO_STACK],
  [ARG.ARG_PTR_TO_CONST_STR]: [PTR_TO_MAP_VALUE],
  [ARG.ARG_PTR_TO_TIMER]: [PTR_TO_MAP_VALUE],
  [ARG.ARG_KPTR_XCHG_DEST]: [PTR_TO_MAP_VALUE, PTR_TO_BTF_ID | MEM_ALLOC],
  [ARG.ARG_PTR_TO_DYNPTR]: [PTR_TO_STACK, CONST_PTR_TO_DYNPTR],
};

/** check_reg_type(), Linux 6.18: does the register's type suit the argument? */
export function checkRegType(env: VerifierEnv, arg: BtfArg, meta: CallMeta): number {
  const { regno, argType } = arg;
  const reg = env.reg(regno);
  const base = argBase(argType);
  const compatible = COMPATIBLE[base];
  if (compatible === null) {
    return reject(env, EFAULT, 'verifier bug: unsupported arg type %d\n', argType);
  }
  let { type } = reg;
  if (argType & MEM_RDONLY) type &= ~MEM_RDONLY;
  if (argType & PTR_MAYBE_NULL) type &= ~PTR_MAYBE_NULL;
  if (base === ARG.ARG_PTR_TO_MEM) type &= ~DYNPTR_TYPE_FLAG_MASK;
  // An object of the program's own may be exchanged for what the field holds.
  const isAlloc = (type & MEM_ALLOC) !== 0;
  if (meta.funcId === BPF_FUNC.kptr_xchg && isAlloc && regno === 2) type &= ~(MEM_ALLOC | MEM_PERCPU);
  if (compatible.includes(type)) {
    if (baseType(reg.type) !== PTR_TO_BTF_ID) return 0;
    return checkBtfArg(env, arg, meta, compatible === MEMORY);
  }
  blame(env, 'R%d type=%s expected=', regno, regTypeStr(reg.type));
  for (const expected of compatible.slice(0, -1)) verbose(env, '%s, ', regTypeStr(expected));
  verbose(env, '%s\n', regTypeStr(compatible[compatible.length - 1]));
  return -EACCES;
}

const ANY_OFFSET: ReadonlySet<number> = new Set([
  PTR_TO_STACK,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_MEM | MEM_RDONLY,
  PTR_TO_MEM | MEM_RINGBUF,
  PTR_TO_BUF,
  PTR_TO_BUF | MEM_RDONLY,
  PTR_TO_ARENA,
  SCALAR_VALUE,
]);

/** BTF pointers that may have been moved by a constant. */
const FIXED_OFFSET: ReadonlySet<number> = new Set([
  PTR_TO_BTF_ID,
  PTR_TO_BTF_ID | MEM_ALLOC,
  PTR_TO_BTF_ID | PTR_TRUSTED,
  PTR_TO_BTF_ID | MEM_RCU,
  PTR_TO_BTF_ID | MEM_ALLOC | NON_OWN_REF,
  PTR_TO_BTF_ID | MEM_ALLOC | NON_OWN_REF | MEM_RCU,
]);

/** check_func_arg_reg_off(), Linux 6.18: may the pointer have been moved? */
export function checkFuncArgRegOff(env: VerifierEnv, reg: Reg, regno: number, argType: number): number {
  if (argType & OBJ_RELEASE) {
    if (argBase(argType) === ARG.ARG_PTR_TO_DYNPTR && reg.type === PTR_TO_STACK) return 0;
    if (reg.off !== 0) {
      return reject(
        env,
        EINVAL,
        'R%d must have zero offset when passed to release func or trusted arg to kfunc\n',
        regno,
      );
    }
    return checkPtrOffReg(env, reg, regno, false);
  }
  if (ANY_OFFSET.has(reg.type)) return 0;
  return checkPtrOffReg(env, reg, regno, FIXED_OFFSET.has(reg.type));
}

export const argTypeOf = (fn: FuncProto, arg: number): number => fn.args[arg] ?? ARG.ARG_DONTCARE;
