import {
  BPF_ADD,
  BPF_AND,
  BPF_JA,
  BPF_JEQ,
  BPF_JGE,
  BPF_JSET,
  BPF_LSH,
  BPF_MOV,
  BPF_ST,
  classOf,
} from '../../../isa/opcodes.ts';
import type { RawInsn } from '../../../isa/program.ts';
import { Unsupported } from '../../state/unsupported.ts';
import { AX, alu32Imm, alu64Reg, jmp32Imm, jmpImm, ldx, movImm, raw, storeAs, stx } from '../insn.ts';
import { type ConvertCtx, type Converted, type CtxInsn, converted, type KernelLayout } from './convert.ts';

const PKT_TYPE_MAX = 7;
const NO_QUEUE_MAPPING = 0xffff;
/** MIN_NAPI_ID: NR_CPUS of the reference kernel, and one. */
const MIN_NAPI_ID = 257;
const SKB_TSTAMP_TYPE_MASK = 3;
const TC_AT_INGRESS_MASK = 4;

/** Fields that are one member of struct sk_buff: name, bytes. */
const PLAIN: ReadonlyMap<number, readonly [string, number]> = new Map([
  [0, ['len', 4]],
  [8, ['mark', 4]],
  [16, ['protocol', 2]],
  [24, ['vlan_tci', 2]],
  [28, ['vlan_proto', 2]],
  [32, ['priority', 4]],
  [36, ['skb_iif', 4]],
  [44, ['tc_index', 2]],
  [68, ['hash', 4]],
]);
/** Fields of the socket behind the buffer: path in struct sock_common, bytes. */
const OF_SOCKET: ReadonlyMap<number, readonly [string, number]> = new Map([
  [88, ['skc_family', 2]],
  [92, ['skc_daddr', 4]],
  [96, ['skc_rcv_saddr', 4]],
  [132, ['skc_dport', 2]],
  [136, ['skc_num', 2]],
]);
const OF_SHINFO: ReadonlyMap<number, readonly [string, number]> = new Map([
  [164, ['gso_segs', 2]],
  [176, ['gso_size', 2]],
  [184, ['hwtstamps', 8]],
]);
const CB = 48;
const CB_END = 68;
const REMOTE_IP6 = 100;
const LOCAL_IP6 = 116;
const IP6_END = 132;

function socketField(k: KernelLayout, si: RawInsn, path: string, bytes: number): Converted {
  const load = [
    ldx(8, si.dst, si.src, k.off('sk_buff', 'sk')),
    ldx(bytes, si.dst, si.dst, k.off('sock_common', path)),
  ];
  return path === 'skc_dport'
    ? converted(bytes, ...load, alu32Imm(BPF_LSH, si.dst, 16))
    : converted(bytes, ...load);
}

/** An address of the socket, word by word. */
function socketAddress(k: KernelLayout, si: RawInsn, path: string, word: number): Converted {
  return converted(
    0,
    ldx(8, si.dst, si.src, k.off('sk_buff', 'sk')),
    ldx(4, si.dst, si.dst, k.off('sock_common', path) + word),
  );
}

function shinfo(k: KernelLayout, si: RawInsn, member: string, bytes: number): Converted {
  return converted(
    bytes,
    ldx(4, AX, si.src, k.off('sk_buff', 'end')),
    ldx(8, si.dst, si.src, k.off('sk_buff', 'head')),
    alu64Reg(BPF_ADD, si.dst, AX),
    ldx(bytes, si.dst, si.dst, k.off('skb_shared_info', member)),
  );
}

function tstampRead(k: KernelLayout, { insn: si, readsTstampType }: CtxInsn): Converted {
  const load = ldx(8, si.dst, si.src, k.off('sk_buff', 'tstamp'));
  if (readsTstampType) return converted(0, load);
  return converted(
    0,
    ldx(1, AX, si.src, k.off('sk_buff', '__mono_tc_offset')),
    jmp32Imm(BPF_JSET, AX, TC_AT_INGRESS_MASK, 1),
    jmpImm(BPF_JA, 0, 0, 4),
    jmp32Imm(BPF_JSET, AX, SKB_TSTAMP_TYPE_MASK, 1),
    jmpImm(BPF_JA, 0, 0, 2),
    movImm(si.dst, 0),
    jmpImm(BPF_JA, 0, 0, 1),
    load,
  );
}

function tstampWrite(k: KernelLayout, { insn: si, readsTstampType }: CtxInsn): Converted {
  const store = storeAs(si, 8, k.off('sk_buff', 'tstamp'));
  if (readsTstampType) return converted(0, store);
  const place = k.off('sk_buff', '__mono_tc_offset');
  return converted(
    0,
    ldx(1, AX, si.dst, place),
    jmp32Imm(BPF_JSET, AX, TC_AT_INGRESS_MASK, 1),
    jmpImm(BPF_JA, 0, 0, 2),
    alu32Imm(BPF_AND, AX, ~SKB_TSTAMP_TYPE_MASK),
    stx(1, si.dst, AX, place),
    store,
  );
}

function queueMapping(k: KernelLayout, { insn: si, write }: CtxInsn): Converted {
  const off = k.off('sk_buff', 'queue_mapping');
  if (!write) return converted(2, ldx(2, si.dst, si.src, off));
  if (classOf(si.code) === BPF_ST) {
    return si.imm >= NO_QUEUE_MAPPING
      ? converted(2, jmpImm(BPF_JA, 0, 0, 0))
      : converted(2, storeAs(si, 2, off));
  }
  return converted(2, jmpImm(BPF_JGE, si.src, NO_QUEUE_MAPPING, 1), storeAs(si, 2, off));
}

/** A member of the buffer's control block, as programs see it. */
function controlBlock({ insn: si, write }: CtxInsn, off: number, bytes: number): Converted {
  return converted(bytes, write ? storeAs(si, bytes, off) : ldx(bytes, si.dst, si.src, off));
}

function special(k: KernelLayout, access: CtxInsn): Converted {
  const { insn: si, write } = access;
  const { dst, src, off } = si;
  const cb = k.off('sk_buff', 'cb');
  switch (off) {
    case 4:
      return converted(
        1,
        ldx(1, dst, src, k.off('sk_buff', '__pkt_type_offset')),
        alu32Imm(BPF_AND, dst, PKT_TYPE_MAX),
      );
    case 12:
      return queueMapping(k, access);
    case 20:
      return converted(
        4,
        ldx(4, dst, src, k.off('sk_buff', 'vlan_all')),
        jmpImm(BPF_JEQ, dst, 0, 1),
        alu32Imm(BPF_MOV, dst, 1),
      );
    case 40:
      return converted(
        4,
        ldx(8, dst, src, k.off('sk_buff', 'dev')),
        jmpImm(BPF_JEQ, dst, 0, 1),
        ldx(4, dst, dst, k.off('net_device', 'ifindex')),
      );
    case 72:
      return controlBlock(access, cb + k.off('qdisc_skb_cb', 'tc_classid'), 2);
    case 76:
      return converted(0, ldx(8, dst, src, k.off('sk_buff', 'data')));
    case 80:
      return converted(0, ldx(8, dst, src, cb + k.off('bpf_skb_data_end', 'data_end')));
    case 84:
      return converted(
        4,
        ldx(4, dst, src, k.off('sk_buff', 'napi_id')),
        jmpImm(BPF_JGE, dst, MIN_NAPI_ID, 1),
        movImm(dst, 0),
      );
    case 140:
      return converted(0, ldx(8, dst, src, cb + k.off('bpf_skb_data_end', 'data_meta')));
    case 152:
      return write ? tstampWrite(k, access) : tstampRead(k, access);
    case 160:
      return controlBlock(access, cb + k.off('qdisc_skb_cb', 'pkt_len'), 4);
    case 168:
      return converted(0, ldx(8, dst, src, k.off('sk_buff', 'sk')));
    case 180:
      return converted(
        0,
        ldx(1, dst, src, k.off('sk_buff', '__mono_tc_offset')),
        alu32Imm(BPF_AND, dst, SKB_TSTAMP_TYPE_MASK),
      );
    default:
      throw new Unsupported(`conversion of __sk_buff at ${off}`);
  }
}

/** bpf_convert_ctx_access(), Linux 6.18: fields of struct __sk_buff. */
export const convertSkb: ConvertCtx = (k, access) => {
  const { insn: si, write } = access;
  const { off } = si;
  if (off >= CB && off < CB_END) {
    const at = off - CB + k.off('sk_buff', 'cb') + k.off('qdisc_skb_cb', 'data');
    return converted(0, raw(si.code, si.dst, si.src, at, si.imm));
  }
  if (off >= REMOTE_IP6 && off < LOCAL_IP6) {
    return socketAddress(k, si, 'skc_v6_daddr', off - REMOTE_IP6);
  }
  if (off >= LOCAL_IP6 && off < IP6_END) return socketAddress(k, si, 'skc_v6_rcv_saddr', off - LOCAL_IP6);
  const plain = PLAIN.get(off);
  if (plain !== undefined) {
    const [name, bytes] = plain;
    const at = k.off('sk_buff', name);
    return converted(bytes, write ? storeAs(si, bytes, at) : ldx(bytes, si.dst, si.src, at));
  }
  const socket = OF_SOCKET.get(off);
  if (socket !== undefined) return socketField(k, si, socket[0], socket[1]);
  const shared = OF_SHINFO.get(off);
  if (shared !== undefined) return shinfo(k, si, shared[0], shared[1]);
  return special(k, access);
};

/** tc_cls_act_convert_ctx_access(): a buffer there always has a device. */
export const convertTc: ConvertCtx = (k, access) => {
  const { dst, src, off } = access.insn;
  if (off !== 40) return convertSkb(k, access);
  return converted(
    4,
    ldx(8, dst, src, k.off('sk_buff', 'dev')),
    ldx(4, dst, dst, k.off('net_device', 'ifindex')),
  );
};
