import { BPF_ADD, BPF_SUB } from '../../../isa/opcodes.ts';
import type { RawInsn } from '../../../isa/program.ts';
import { Unsupported } from '../../state/unsupported.ts';
import { AX, alu64Reg, ldx, movReg, raw, stx } from '../insn.ts';
import { type ConvertCtx, converted, type KernelLayout } from './convert.ts';
import { convertSkb } from './skb.ts';

const DATA = 76;
const DATA_END = 80;
const FLOW_KEYS = 144;
const CB = 48;
const CB_END = 68;

/** bpf_convert_data_end_access(): the end of the linear part; a register is borrowed when there is only one. */
function dataEnd(k: KernelLayout, si: RawInsn): RawInsn[] {
  const same = si.src === si.dst;
  const reg = same ? (si.src === 9 ? 8 : 9) : si.dst;
  const saved = k.off('sk_buff', 'cb') + k.off('sk_skb_cb', 'temp_reg');
  const sum = [
    ldx(8, reg, si.src, k.off('sk_buff', 'data')),
    ldx(4, AX, si.src, k.off('sk_buff', 'len')),
    alu64Reg(BPF_ADD, reg, AX),
    ldx(4, AX, si.src, k.off('sk_buff', 'data_len')),
    alu64Reg(BPF_SUB, reg, AX),
  ];
  if (!same) return sum;
  return [
    stx(8, si.src, reg, saved),
    ...sum,
    movReg(AX, si.src),
    movReg(si.dst, reg),
    ldx(8, reg, AX, saved),
  ];
}

/** sk_skb_convert_ctx_access(), Linux 6.18. */
export const convertSkSkb: ConvertCtx = (k, access) => {
  const si = access.insn;
  if (si.off === DATA_END) return converted(0, ...dataEnd(k, si));
  if (si.off < CB || si.off >= CB_END) return convertSkb(k, access);
  const at = si.off - CB + k.off('sk_buff', 'cb') + k.off('sk_skb_cb', 'data');
  return converted(0, raw(si.code, si.dst, si.src, at, si.imm));
};

const DISSECTED: ReadonlyMap<number, string> = new Map([
  [DATA, 'data'],
  [DATA_END, 'data_end'],
  [FLOW_KEYS, 'flow_keys'],
]);

/** flow_dissector_convert_ctx_access(), Linux 6.18. */
export const convertFlowDissector: ConvertCtx = (k, { insn: { dst, src, off } }) => {
  const member = DISSECTED.get(off);
  if (member === undefined) throw new Unsupported(`conversion of a flow dissector's context at ${off}`);
  return converted(0, ldx(8, dst, src, k.off('bpf_flow_dissector', member)));
};
