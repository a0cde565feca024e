import { BPF_ALU, BPF_JEQ, BPF_K, BPF_MOV } from '../../../isa/opcodes.ts';
import { Unsupported } from '../../state/unsupported.ts';
import { jmpImm, ldx, raw } from '../insn.ts';
import { type ConvertCtx, converted } from './convert.ts';

const KERN = 'bpf_sk_lookup_kern';
const REMOTE_IP6 = 20;
const REMOTE_IP6_END = 36;
const ZERO_PADDING = 38;
const LOCAL_IP6 = 44;
const LOCAL_IP6_END = 60;

/** Fields of struct bpf_sk_lookup that are one member: path in the kernel's structure, bytes. */
const FIELDS: ReadonlyMap<number, readonly [string, number]> = new Map([
  [8, ['family', 2]],
  [12, ['protocol', 2]],
  [16, ['v4.saddr', 4]],
  [36, ['sport', 2]],
  [40, ['v4.daddr', 4]],
  [60, ['dport', 2]],
  [64, ['ingress_ifindex', 4]],
]);

/** sk_lookup_convert_ctx_access(), Linux 6.18. */
export const convertSkLookup: ConvertCtx = (k, { insn: { dst, src, off } }) => {
  const address = (path: string, word: number) =>
    converted(4, ldx(8, dst, src, k.off(KERN, path)), jmpImm(BPF_JEQ, dst, 0, 1), ldx(4, dst, dst, word));
  const field = FIELDS.get(off);
  if (field !== undefined) return converted(field[1], ldx(field[1], dst, src, k.off(KERN, field[0])));
  if (off === 0) return converted(0, ldx(8, dst, src, k.off(KERN, 'selected_sk')));
  if (off >= REMOTE_IP6 && off < REMOTE_IP6_END) return address('v6.saddr', off - REMOTE_IP6);
  if (off >= LOCAL_IP6 && off < LOCAL_IP6_END) return address('v6.daddr', off - LOCAL_IP6);
  if (off === ZERO_PADDING) return converted(2, raw(BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, 0));
  throw new Unsupported(`conversion of bpf_sk_lookup at ${off}`);
};
