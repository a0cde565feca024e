import type { Insn } from '../../isa/decode.ts';
import { assertNever } from '../../util/assert-never.ts';
import { emitAlu, emitEnd, emitMovsx, emitNeg } from './alu.ts';
import { emitCall, emitCallx, emitFault, emitPacketLoad } from './call.ts';
import { type Emit, FAULT_INSTRUCTION } from './context.ts';
import { emitAtomic, emitLoad, emitStore } from './mem.ts';

/** One straight-line instruction; transfers of control are the structure's. */
export function emitInsn(e: Emit, slot: number, insn: Insn): void {
  const { meaning } = insn;
  switch (meaning.kind) {
    case 'alu':
      return emitAlu(e, insn, meaning);
    case 'neg':
      return emitNeg(e, insn, meaning.width);
    case 'movsx':
      return emitMovsx(e, insn, meaning);
    case 'end':
      return emitEnd(e, insn, meaning.to, meaning.bits);
    case 'ldImm64':
      // A pointer to a function is the slot of its first instruction.
      if (meaning.what === 'func') {
        e.f.i64(slot + 1 + insn.raw.imm, 0).set(e.r[insn.raw.dst]);
        return;
      }
      // Every other reference was resolved to a number before compilation.
      if (meaning.what !== 'imm') return emitFault(e, FAULT_INSTRUCTION, slot);
      e.f.i64(insn.raw.imm, insn.immHi).set(e.r[insn.raw.dst]);
      return;
    case 'load':
      return emitLoad(e, insn, meaning.bytes, meaning.signed);
    case 'loadAcquire':
      return emitLoad(e, insn, meaning.bytes, false);
    case 'store':
      return emitStore(e, insn, meaning.bytes, meaning.operand);
    case 'storeRelease':
      return emitStore(e, insn, meaning.bytes, 'reg');
    case 'atomic':
    case 'xchg':
    case 'cmpxchg':
      return emitAtomic(e, insn, meaning);
    case 'ldAbs':
    case 'ldInd':
      return emitPacketLoad(e, insn, meaning);
    case 'call':
      return emitCall(e, slot, insn, meaning);
    case 'callx':
      return emitCallx(e, slot, insn);
    case 'addrSpaceCast':
      // Both address spaces are the one linear memory, whose addresses have 32 bits: dst = (u32)src
      e.f.get(e.r[insn.raw.src]).op('i32_wrap_i64').op('i64_extend_i32_u').set(e.r[insn.raw.dst]);
      return;
    case 'ja':
    case 'jmp':
    case 'mayGoto':
    case 'exit':
      return emitFault(e, FAULT_INSTRUCTION, slot);
    default:
      return assertNever(meaning);
  }
}
