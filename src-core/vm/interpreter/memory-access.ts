import type { AtomicOp, FormMeaning, MemBytes } from '../../isa/table.ts';
import { assertNever } from '../../util/assert-never.ts';
import * as m from '../../util/int64-math.ts';
import { VmFault } from '../fault.ts';
import type { VmMemory } from '../memory.ts';
import { alu64 } from './alu.ts';
import type { Frame } from './registers.ts';

/** The address `reg + off`, checked: an unverified program may hold anything in a register. */
export function addressOf(memory: VmMemory, frame: Frame, reg: number, off: number, size: number): number {
  const at = (frame.lo(reg) >>> 0) + off;
  if (frame.hi(reg) !== 0 || !memory.contains(at, size)) {
    throw new VmFault(
      'memory',
      `access of ${size} bytes at r${reg} ${off < 0 ? off : `+${off}`}, outside memory`,
    );
  }
  return at;
}

/** Loads with zero or sign extension; the high half is left in `int64-math.out.hi`. */
export function load(memory: VmMemory, at: number, bytes: MemBytes, signed: boolean): number {
  const { view } = memory;
  m.out.hi = 0;
  let lo: number;
  switch (bytes) {
    case 1:
      lo = signed ? view.getInt8(at) : view.getUint8(at);
      break;
    case 2:
      lo = signed ? view.getInt16(at, true) : view.getUint16(at, true);
      break;
    case 4:
      lo = view.getInt32(at, true);
      break;
    default:
      m.out.hi = view.getInt32(at + 4, true);
      return view.getInt32(at, true);
  }
  if (signed) m.out.hi = lo >> 31;
  return lo;
}

export function store(memory: VmMemory, at: number, bytes: MemBytes, lo: number, hi: number): void {
  const { view } = memory;
  switch (bytes) {
    case 1:
      return view.setInt8(at, lo);
    case 2:
      return view.setInt16(at, lo, true);
    case 4:
      return view.setInt32(at, lo, true);
    default:
      view.setInt32(at, lo, true);
      return view.setInt32(at + 4, hi, true);
  }
}

type Atomic = Extract<FormMeaning, { kind: 'atomic' | 'xchg' | 'cmpxchg' }>;

function combined(op: AtomicOp, lo: number, hi: number, srcLo: number, srcHi: number): number {
  return alu64(op, lo, hi, srcLo, srcHi);
}

/** Atomic read-modify-write; there is one thread, so plain loads and stores do. */
export function atomic(memory: VmMemory, frame: Frame, what: Atomic, at: number, src: number): void {
  const oldLo = load(memory, at, what.bytes, false);
  const oldHi = m.out.hi;
  const [srcLo, srcHi] = [frame.lo(src), frame.hi(src)];
  switch (what.kind) {
    case 'atomic': {
      const lo = combined(what.op, oldLo, oldHi, srcLo, srcHi);
      store(memory, at, what.bytes, lo, m.out.hi);
      if (what.fetch) frame.set(src, oldLo, oldHi);
      return;
    }
    case 'xchg':
      store(memory, at, what.bytes, srcLo, srcHi);
      frame.set(src, oldLo, oldHi);
      return;
    case 'cmpxchg': {
      const same = frame.lo(0) === oldLo && (what.bytes === 4 || frame.hi(0) === oldHi);
      if (same) store(memory, at, what.bytes, srcLo, srcHi);
      frame.set(0, oldLo, oldHi);
      return;
    }
    default:
      assertNever(what);
  }
}
