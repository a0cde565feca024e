import {
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
  BPF_JMP32,
  BPF_X,
  classOf,
  opOf,
  srcOf,
} from '../../isa/opcodes.ts';
import { type BranchOutcome, flipOpcode } from '../domain/branch.ts';
import type { VerifierEnv } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';
import { PTR_TO_PACKET, PTR_TO_PACKET_END, PTR_TO_PACKET_META } from '../state/reg-type.ts';
import type { VerifierState } from '../state/state.ts';
import { forEachReg, umax, varOffZero } from './regs.ts';

const MAX_PACKET_OFF = 0xffff;
/** Packet ranges that say where the pointer lies relative to pkt_end. */
const AT_PKT_END = -1;
const BEYOND_PKT_END = -2;

/** is_pkt_ptr_branch_taken(), Linux 6.18. */
export function isPktPtrBranchTaken(dst: Reg, src: Reg, opcode: number): BranchOutcome {
  let pkt = dst;
  let op = opcode;
  if (src.type !== PTR_TO_PACKET_END) {
    if (dst.type !== PTR_TO_PACKET_END) return -1;
    pkt = src;
    op = flipOpcode(opcode);
  }
  if (pkt.range >= 0) return -1;
  if (op === BPF_JLE || op === BPF_JGT) {
    return pkt.range === BEYOND_PKT_END ? (op === BPF_JGT ? 1 : 0) : -1;
  }
  if (op === BPF_JLT || op === BPF_JGE) return op === BPF_JGE ? 1 : 0;
  return -1;
}

/** Every pointer with the same base may now reach as far as `reg` was compared (find_good_pkt_pointers()). */
function findGoodPktPointers(st: VerifierState, reg: Reg, type: number, rangeRightOpen: boolean): void {
  if (reg.off < 0 || (reg.off === 0 && rangeRightOpen)) return;
  if (umax(reg) > MAX_PACKET_OFF || umax(reg) + reg.off > MAX_PACKET_OFF) return;
  const newRange = rangeRightOpen ? reg.off + 1 : reg.off;
  const { id } = reg;
  forEachReg(st, (other) => {
    if (other.type === type && other.id === id) other.range = Math.max(other.range, newRange);
  });
}

/** mark_pkt_end() */
function markPktEnd(st: VerifierState, regno: number, rangeOpen: boolean): void {
  const reg = st.reg(regno);
  if (reg.type === PTR_TO_PACKET) reg.range = rangeOpen ? BEYOND_PKT_END : AT_PKT_END;
}

/** reg_is_init_pkt_pointer(reg, PTR_TO_PACKET) */
const isInitPkt = (reg: Reg): boolean =>
  reg.type === PTR_TO_PACKET && reg.id === 0 && reg.off === 0 && varOffZero(reg);

/** `a` may be compared with `b` as the end of its data: packet with pkt_end, meta with the packet's start. */
const isEndOf = (a: Reg, b: Reg): boolean =>
  (a.type === PTR_TO_PACKET && b.type === PTR_TO_PACKET_END) ||
  (a.type === PTR_TO_PACKET_META && isInitPkt(b));

/**
 * Learns from a comparison of a packet pointer with the end of the packet; false if it is none
 * (try_match_pkt_pointers(), Linux 6.18).
 */
export function tryMatchPktPointers(
  env: VerifierEnv,
  dst: Reg,
  src: Reg,
  thisBranch: VerifierState,
  otherBranch: VerifierState,
): boolean {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const op = opOf(code);
  if (srcOf(code) !== BPF_X || classOf(code) === BPF_JMP32) return false;
  if (op !== BPF_JGT && op !== BPF_JLT && op !== BPF_JGE && op !== BPF_JLE) return false;
  let pkt = dst;
  let pktRegno = insns.dst[insnIdx];
  let pktOp = op;
  if (!isEndOf(dst, src)) {
    if (!isEndOf(src, dst)) return false;
    pkt = src;
    pktRegno = insns.src[insnIdx];
    pktOp = flipOpcode(op);
  }
  // pkt > end and pkt >= end jump when the data is too short; the good pointers are on the other way.
  const goodFallsThrough = pktOp === BPF_JGT || pktOp === BPF_JGE;
  const rangeRightOpen = pktOp === BPF_JGE || pktOp === BPF_JLT;
  const good = goodFallsThrough ? thisBranch : otherBranch;
  const bad = goodFallsThrough ? otherBranch : thisBranch;
  findGoodPktPointers(good, pkt, pkt.type, rangeRightOpen);
  markPktEnd(bad, pktRegno, !rangeRightOpen);
  return true;
}
