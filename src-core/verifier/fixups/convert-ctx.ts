import {
  BPF_ALU64,
  BPF_AND,
  BPF_B,
  BPF_DW,
  BPF_EXIT,
  BPF_H,
  BPF_JEQ,
  BPF_JMP,
  BPF_LDX,
  BPF_MEM,
  BPF_MEMSX,
  BPF_MOV,
  BPF_RSH,
  BPF_ST,
  BPF_STX,
  BPF_W,
  BPF_X,
  BPF_XOR,
  classOf,
  modeOf,
  sizeBytes,
} from '../../isa/opcodes.ts';
import type { RawInsn } from '../../isa/program.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import type { VerifierEnv } from '../state/env.ts';
import {
  PTR_TO_ARENA,
  PTR_TO_CTX,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
} from '../state/reg-type.ts';
import { Unsupported } from '../state/unsupported.ts';
import { type ConvertCtx, type CtxInsn, KernelLayout } from './context/convert.ts';
import { convertSkLookup } from './context/sk-lookup.ts';
import { convertSkb, convertTc } from './context/skb.ts';
import { convertSkMsg, convertSock } from './context/sock.ts';
import { convertSockAddr } from './context/sock-addr.ts';
import { convertFlowDissector, convertSkSkb } from './context/stream.ts';
import { convertSysctl } from './context/sysctl.ts';
import { convertXdp } from './context/xdp.ts';
import { alu32Imm, alu64Imm, alu64Reg, call, jmpImm, ldx, movReg, raw } from './insn.ts';
import type { Patcher } from './patcher.ts';

const CONVERT: ReadonlyMap<number, ConvertCtx> = new Map([
  [BPF_PROG_TYPE.xdp, convertXdp],
  [BPF_PROG_TYPE.sched_cls, convertTc],
  [BPF_PROG_TYPE.sched_act, convertTc],
  [BPF_PROG_TYPE.socket_filter, convertSkb],
  [BPF_PROG_TYPE.cgroup_skb, convertSkb],
  [BPF_PROG_TYPE.lwt_in, convertSkb],
  [BPF_PROG_TYPE.lwt_out, convertSkb],
  [BPF_PROG_TYPE.lwt_xmit, convertSkb],
  [BPF_PROG_TYPE.lwt_seg6local, convertSkb],
  [BPF_PROG_TYPE.sk_skb, convertSkSkb],
  [BPF_PROG_TYPE.sk_msg, convertSkMsg],
  [BPF_PROG_TYPE.flow_dissector, convertFlowDissector],
  [BPF_PROG_TYPE.cgroup_sock, convertSock],
  [BPF_PROG_TYPE.cgroup_sock_addr, convertSockAddr],
  [BPF_PROG_TYPE.sk_lookup, convertSkLookup],
  [BPF_PROG_TYPE.cgroup_sysctl, convertSysctl],
]);

const TC_ACT_SHOT = 2;
const SK_DROP = 0;
/** What a program returns when it cannot have a packet of its own (gen_prologue()). */
const DROP_VERDICT: ReadonlyMap<number, number> = new Map([
  [BPF_PROG_TYPE.sched_cls, TC_ACT_SHOT],
  [BPF_PROG_TYPE.sched_act, TC_ACT_SHOT],
  [BPF_PROG_TYPE.lwt_xmit, TC_ACT_SHOT],
  [BPF_PROG_TYPE.sk_skb, SK_DROP],
]);
const TSTAMP_TYPE = 180;
const SIZE_CODE: Readonly<Record<number, number>> = { 1: BPF_B, 2: BPF_H, 4: BPF_W, 8: BPF_DW };

/** Is it a load or store that convert_ctx_accesses() looks at? */
function isAccess(insn: RawInsn): boolean {
  const cls = classOf(insn.code);
  const mode = modeOf(insn.code);
  if (cls === BPF_LDX) return mode === BPF_MEM || mode === BPF_MEMSX;
  return (cls === BPF_STX || cls === BPF_ST) && mode === BPF_MEM;
}

/** bpf_unclone_prologue(): a program that writes the packet gets one of its own. */
function unclonePrologue(k: KernelLayout, dropVerdict: number): RawInsn[] {
  return [
    ldx(1, 6, 1, k.off('sk_buff', '__cloned_offset')),
    alu32Imm(BPF_AND, 6, 1),
    jmpImm(BPF_JEQ, 6, 0, 7),
    movReg(6, 1),
    alu64Reg(BPF_XOR, 2, 2),
    call(BPF_FUNC.skb_pull_data),
    jmpImm(BPF_JEQ, 0, 0, 2),
    alu32Imm(BPF_MOV, 0, dropVerdict),
    raw(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
    movReg(1, 6),
  ];
}

/** A load of part of a field: the whole, shifted and masked. */
function narrow(dst: number, off: number, size: number, fieldSize: number): RawInsn[] {
  const shift = (off & (fieldSize - 1)) * 8;
  const rsh = fieldSize <= 4 ? alu32Imm(BPF_RSH, dst, shift) : alu64Imm(BPF_RSH, dst, shift);
  const mask = alu32Imm(BPF_AND, dst, size === 4 ? -1 : (1 << (size * 8)) - 1);
  return shift === 0 ? [mask] : [rsh, mask];
}

function convertOne(
  k: KernelLayout,
  convert: ConvertCtx,
  access: CtxInsn,
  fieldSize: number,
): readonly RawInsn[] {
  const { insn } = access;
  const size = sizeBytes(insn.code);
  const isNarrow = size < fieldSize;
  const whole = isNarrow
    ? { ...insn, off: insn.off & ~(fieldSize - 1), code: BPF_LDX | BPF_MEM | SIZE_CODE[fieldSize] }
    : insn;
  const { insns, targetSize } = convert(k, { ...access, insn: whole });
  const out = [...insns];
  if (isNarrow && size < targetSize) out.push(...narrow(insn.dst, insn.off, size, fieldSize));
  if (modeOf(insn.code) === BPF_MEMSX) {
    out.push(raw(BPF_ALU64 | BPF_MOV | BPF_X, insn.dst, insn.dst, size * 8, 0));
  }
  return out;
}

/** What an access through a pointer of this type is converted by; null where it stays. */
function conversionOf(env: VerifierEnv, ptrType: number): ConvertCtx | null {
  switch (ptrType) {
    case PTR_TO_CTX: {
      if (!env.ops.convertsContext) return null;
      const convert = CONVERT.get(env.prog.type);
      if (convert === undefined) throw new Unsupported(`conversion of the context of ${env.ops.type}`);
      return convert;
    }
    case PTR_TO_SOCKET:
    case PTR_TO_SOCK_COMMON:
      return convertSock;
    case PTR_TO_TCP_SOCK:
    case PTR_TO_XDP_SOCK:
      throw new Unsupported('conversion of the fields of TCP and XDP sockets');
    case PTR_TO_ARENA:
      throw new Unsupported('conversion of arena accesses');
    default:
      return null;
  }
}

/** Which old slot each slot of the patched program comes from. */
type Origin = Int32Array;

/** convert_ctx_accesses(), Linux 6.18: what the kernel reads in place of the fields that programs see. */
export function convertCtxAccesses(env: VerifierEnv, patcher: Patcher, origin: Origin): void {
  const k = new KernelLayout(env.kernelBtf);
  const convert = CONVERT.get(env.prog.type);
  const { ptrType, ctxFieldSize } = env.aux;
  let readsTstampType = false;
  for (let i = 0; i < patcher.length; i++) {
    const { code, off } = patcher.at(i);
    const isLoad = classOf(code) === BPF_LDX && ptrType[origin[i]] === PTR_TO_CTX;
    if (isLoad && off === TSTAMP_TYPE && convert === convertTc) readsTstampType = true;
  }
  const dropVerdict = DROP_VERDICT.get(env.prog.type);
  if (env.seenDirectWrite && dropVerdict !== undefined) patcher.prepend(unclonePrologue(k, dropVerdict));
  for (let i = 0; i < patcher.length; i++) {
    const insn = patcher.at(i);
    if (!isAccess(insn)) continue;
    const conversion = conversionOf(env, ptrType[origin[i]]);
    if (conversion === null) continue;
    const write = classOf(insn.code) !== BPF_LDX;
    const fieldSize = ctxFieldSize[origin[i]];
    patcher.replace(i, convertOne(k, conversion, { insn, write, readsTstampType }, fieldSize));
  }
}
