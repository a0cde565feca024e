import { InputError } from '../util/input-error.ts';

/** One 8-byte slot as it stands in the object: `code`, `dst`, `src` unsigned, `off` s16, `imm` s32. */
export interface RawInsn {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
}

/**
 * A program's instruction slots as parallel typed arrays, so that the verifier and the JIT read fields
 * without decoding. A 64-bit immediate load takes two slots, as in the kernel.
 *
 *   byte 0: code | byte 1: src (4) dst (4) | bytes 2-3: off | bytes 4-7: imm    (little endian)
 */
export class BpfInsns {
  readonly length: number;
  readonly code: Uint8Array;
  readonly dst: Uint8Array;
  readonly src: Uint8Array;
  readonly off: Int16Array;
  readonly imm: Int32Array;

  constructor(length: number) {
    this.length = length;
    this.code = new Uint8Array(length);
    this.dst = new Uint8Array(length);
    this.src = new Uint8Array(length);
    this.off = new Int16Array(length);
    this.imm = new Int32Array(length);
  }

  /** Splits instruction bytes (a multiple of 8) into fields. Decoding never fails on field values. */
  static fromBytes(bytes: Uint8Array): BpfInsns {
    if (bytes.length % 8 !== 0) {
      throw new InputError(`program is ${bytes.length} bytes, not a multiple of 8`, {
        offset: bytes.length - (bytes.length % 8),
      });
    }
    const out = new BpfInsns(bytes.length / 8);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0, at = 0; i < out.length; i++, at += 8) {
      out.code[i] = bytes[at];
      out.dst[i] = bytes[at + 1] & 0x0f;
      out.src[i] = bytes[at + 1] >> 4;
      out.off[i] = view.getInt16(at + 2, true);
      out.imm[i] = view.getInt32(at + 4, true);
    }
    return out;
  }

  static fromRaw(insns: readonly RawInsn[]): BpfInsns {
    const out = new BpfInsns(insns.length);
    insns.forEach((insn, i) => {
      out.set(i, insn);
    });
    return out;
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.length * 8);
    const view = new DataView(bytes.buffer);
    for (let i = 0, at = 0; i < this.length; i++, at += 8) {
      bytes[at] = this.code[i];
      bytes[at + 1] = (this.src[i] << 4) | this.dst[i];
      view.setInt16(at + 2, this.off[i], true);
      view.setInt32(at + 4, this.imm[i], true);
    }
    return bytes;
  }

  at(i: number): RawInsn {
    return { code: this.code[i], dst: this.dst[i], src: this.src[i], off: this.off[i], imm: this.imm[i] };
  }

  set(i: number, insn: RawInsn): void {
    this.code[i] = insn.code;
    this.dst[i] = insn.dst;
    this.src[i] = insn.src;
    this.off[i] = insn.off;
    this.imm[i] = insn.imm;
  }

  clone(): BpfInsns {
    const out = new BpfInsns(this.length);
    out.code.set(this.code);
    out.dst.set(this.dst);
    out.src.set(this.src);
    out.off.set(this.off);
    out.imm.set(this.imm);
    return out;
  }
}
