import { BPF_ALU, BPF_JNE, BPF_K, BPF_LSH, BPF_MOV, sizeBytes } from '../../../isa/opcodes.ts';
import { Unsupported } from '../../state/unsupported.ts';
import { alu32Imm, jmpImm, ldx, raw, storeAs } from '../insn.ts';
import { type ConvertCtx, type Converted, type CtxInsn, converted, type KernelLayout } from './convert.ts';

const NO_QUEUE_MAPPING = 0xffff;
const SRC_IP6 = 28;
const SRC_IP6_END = 44;
const DST_IP6 = 56;
const DST_IP6_END = 72;

/** Fields of struct bpf_sock that a new socket's hooks may write, by structure and member. */
const WRITABLE: ReadonlyMap<number, readonly [string, string]> = new Map([
  [0, ['sock_common', 'skc_bound_dev_if']],
  [16, ['sock', 'sk_mark']],
  [20, ['sock', 'sk_priority']],
]);
/** Others: structure, member, bytes. */
const FIELDS: ReadonlyMap<number, readonly [string, string, number]> = new Map([
  [4, ['sock_common', 'skc_family', 2]],
  [8, ['sock', 'sk_type', 2]],
  [12, ['sock', 'sk_protocol', 2]],
  [44, ['sock_common', 'skc_num', 2]],
  [48, ['sock_common', 'skc_dport', 2]],
  [72, ['sock_common', 'skc_state', 1]],
]);

/** A word of an address, read as wide as the program asks. */
function address(k: KernelLayout, { insn: si }: CtxInsn, path: string, word: number): Converted {
  return converted(4, ldx(sizeBytes(si.code), si.dst, si.src, k.off('sock_common', path) + word));
}

/** bpf_sock_convert_ctx_access(), Linux 6.18: fields of struct bpf_sock. */
export const convertSock: ConvertCtx = (k, access) => {
  const { insn: si, write } = access;
  const { dst, src, off } = si;
  const writable = WRITABLE.get(off);
  if (writable !== undefined) {
    const at = k.off(writable[0], writable[1]);
    return converted(0, write ? storeAs(si, 4, at) : ldx(4, dst, src, at));
  }
  const field = FIELDS.get(off);
  if (field !== undefined) {
    const [struct, member, bytes] = field;
    return converted(bytes, ldx(bytes, dst, src, k.off(struct, member)));
  }
  if (off === 24) return address(k, access, 'skc_rcv_saddr', 0);
  if (off === 52) return address(k, access, 'skc_daddr', 0);
  if (off >= SRC_IP6 && off < SRC_IP6_END) return address(k, access, 'skc_v6_rcv_saddr', off - SRC_IP6);
  if (off >= DST_IP6 && off < DST_IP6_END) return address(k, access, 'skc_v6_daddr', off - DST_IP6);
  if (off === 76) {
    return converted(
      4,
      ldx(2, dst, src, k.off('sock', 'sk_rx_queue_mapping')),
      jmpImm(BPF_JNE, dst, NO_QUEUE_MAPPING, 1),
      raw(BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, -1),
    );
  }
  throw new Unsupported(`conversion of bpf_sock at ${off}`);
};

/** Fields of struct sk_msg_md behind its socket: path in struct sock_common, bytes. */
const OF_MESSAGE_SOCKET: ReadonlyMap<number, readonly [string, number]> = new Map([
  [16, ['skc_family', 2]],
  [20, ['skc_daddr', 4]],
  [24, ['skc_rcv_saddr', 4]],
  [60, ['skc_dport', 2]],
  [64, ['skc_num', 2]],
]);
const MSG_REMOTE_IP6 = 28;
const MSG_LOCAL_IP6 = 44;
const MSG_IP6_END = 60;

/** sk_msg_convert_ctx_access(), Linux 6.18. */
export const convertSkMsg: ConvertCtx = (k, { insn: { dst, src, off } }) => {
  const socket = ldx(8, dst, src, k.off('sk_msg', 'sk'));
  const common = (path: string, bytes: number, word = 0) =>
    ldx(bytes, dst, dst, k.off('sock_common', path) + word);
  const field = OF_MESSAGE_SOCKET.get(off);
  if (field !== undefined) {
    const load = [socket, common(field[0], field[1])];
    return off === 60 ? converted(0, ...load, alu32Imm(BPF_LSH, dst, 16)) : converted(0, ...load);
  }
  if (off >= MSG_REMOTE_IP6 && off < MSG_LOCAL_IP6) {
    return converted(0, socket, common('skc_v6_daddr', 4, off - MSG_REMOTE_IP6));
  }
  if (off >= MSG_LOCAL_IP6 && off < MSG_IP6_END) {
    return converted(0, socket, common('skc_v6_rcv_saddr', 4, off - MSG_LOCAL_IP6));
  }
  switch (off) {
    case 0:
      return converted(0, ldx(8, dst, src, k.off('sk_msg', 'data')));
    case 8:
      return converted(0, ldx(8, dst, src, k.off('sk_msg', 'data_end')));
    case 68:
      return converted(0, ldx(4, dst, src, k.off('sk_msg_sg', 'size')));
    case 72:
      return converted(0, socket);
    default:
      throw new Unsupported(`conversion of sk_msg_md at ${off}`);
  }
};
