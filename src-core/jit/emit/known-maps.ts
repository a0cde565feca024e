import type { Insn } from '../../isa/decode.ts';
import { assertNever } from '../../util/assert-never.ts';
import type { MapLayout } from '../abi.ts';

/** Which registers hold the pointer of a map that is known at compile time, inside one basic block. */
export class KnownMaps {
  private readonly held: (MapLayout | null)[] = new Array<MapLayout | null>(11).fill(null);

  constructor(private readonly mapAt: (address: number) => MapLayout | null) {}

  /** Forgets everything: a block may be reached from several places. */
  startBlock(): void {
    this.held.fill(null);
  }

  of(reg: number): MapLayout | null {
    return this.held[reg];
  }

  /** Takes note of the registers that an instruction writes. */
  step({ raw, meaning, immHi }: Insn): void {
    switch (meaning.kind) {
      case 'ldImm64':
        this.held[raw.dst] = meaning.what === 'imm' && immHi === 0 ? this.mapAt(raw.imm) : null;
        return;
      case 'alu': {
        const copies = meaning.op === 'mov' && meaning.width === 64 && meaning.operand === 'reg';
        this.held[raw.dst] = copies ? this.held[raw.src] : null;
        return;
      }
      case 'neg':
      case 'movsx':
      case 'end':
      case 'load':
      case 'loadAcquire':
      case 'addrSpaceCast':
        this.held[raw.dst] = null;
        return;
      case 'atomic':
      case 'xchg':
      case 'cmpxchg':
        this.held[raw.src] = null;
        this.held[0] = null;
        return;
      case 'call':
      case 'callx':
      case 'ldAbs':
      case 'ldInd':
        this.held.fill(null, 0, 6);
        return;
      case 'store':
      case 'storeRelease':
      case 'ja':
      case 'jmp':
      case 'mayGoto':
      case 'exit':
        return;
      default:
        assertNever(meaning);
    }
  }
}
