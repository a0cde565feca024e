import { Unsupported } from '../../state/unsupported.ts';
import { ldx } from '../insn.ts';
import { type ConvertCtx, converted } from './convert.ts';

/** xdp_convert_ctx_access(), Linux 6.18. */
export const convertXdp: ConvertCtx = (k, { insn: { dst, src, off } }) => {
  const through = (queue: 'rxq' | 'txq') => ldx(8, dst, src, k.off('xdp_buff', queue));
  const ifindex = ldx(4, dst, dst, k.off('net_device', 'ifindex'));
  switch (off) {
    case 0:
      return converted(0, ldx(8, dst, src, k.off('xdp_buff', 'data')));
    case 4:
      return converted(0, ldx(8, dst, src, k.off('xdp_buff', 'data_end')));
    case 8:
      return converted(0, ldx(8, dst, src, k.off('xdp_buff', 'data_meta')));
    case 12:
      return converted(0, through('rxq'), ldx(8, dst, dst, k.off('xdp_rxq_info', 'dev')), ifindex);
    case 16:
      return converted(0, through('rxq'), ldx(4, dst, dst, k.off('xdp_rxq_info', 'queue_index')));
    case 20:
      return converted(0, through('txq'), ldx(8, dst, dst, k.off('xdp_txq_info', 'dev')), ifindex);
    default:
      throw new Unsupported(`conversion of xdp_md at ${off}`);
  }
};
