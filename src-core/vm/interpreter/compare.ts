import type { JmpOp } from '../../isa/table.ts';
import { assertNever } from '../../util/assert-never.ts';
import { cmpS64, cmpU64 } from '../../util/int64.ts';

/** Does a conditional jump of 64 bits go? 32-bit jumps pass sign-extended halves, whose order is the same. */
export function jumps(op: JmpOp, aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  switch (op) {
    case 'jeq':
      return aLo === bLo && aHi === bHi;
    case 'jne':
      return aLo !== bLo || aHi !== bHi;
    case 'jset':
      return ((aLo & bLo) | (aHi & bHi)) !== 0;
    case 'jgt':
      return cmpU64(aLo, aHi, bLo, bHi) > 0;
    case 'jge':
      return cmpU64(aLo, aHi, bLo, bHi) >= 0;
    case 'jlt':
      return cmpU64(aLo, aHi, bLo, bHi) < 0;
    case 'jle':
      return cmpU64(aLo, aHi, bLo, bHi) <= 0;
    case 'jsgt':
      return cmpS64(aLo, aHi, bLo, bHi) > 0;
    case 'jsge':
      return cmpS64(aLo, aHi, bLo, bHi) >= 0;
    case 'jslt':
      return cmpS64(aLo, aHi, bLo, bHi) < 0;
    case 'jsle':
      return cmpS64(aLo, aHi, bLo, bHi) <= 0;
    default:
      return assertNever(op);
  }
}
