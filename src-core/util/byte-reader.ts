import { InputError } from './input-error.ts';

const utf8 = new TextDecoder('utf-8');

/**
 * Bounds-checked little-endian view of untrusted bytes. Every read past the end throws an InputError
 * that names `what` and the byte offset in the whole file.
 */
export class ByteReader {
  private readonly view: DataView;
  constructor(
    readonly bytes: Uint8Array,
    /** What these bytes are, for error messages: "ELF header", ".BTF". */
    readonly what: string,
    /** Offset of bytes[0] in the whole file, for error messages. */
    readonly base = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  get length(): number {
    return this.bytes.length;
  }
  private need(at: number, size: number): void {
    if (at < 0 || size < 0 || at + size > this.bytes.length) {
      throw new InputError(
        `${this.what} is cut short: ${size} bytes wanted at offset ${this.base + at}, ${Math.max(0, this.bytes.length - at)} there`,
        { offset: this.base + at },
      );
    }
  }
  u8(at: number): number {
    this.need(at, 1);
    return this.bytes[at];
  }
  u16(at: number): number {
    this.need(at, 2);
    return this.view.getUint16(at, true);
  }
  u32(at: number): number {
    this.need(at, 4);
    return this.view.getUint32(at, true);
  }
  s32(at: number): number {
    this.need(at, 4);
    return this.view.getInt32(at, true);
  }
  /** A 64-bit value that must be a safe integer (file offsets, sizes). */
  size64(at: number): number {
    const v = this.u32(at) + this.u32(at + 4) * 0x1_0000_0000;
    if (!Number.isSafeInteger(v)) {
      throw new InputError(`${this.what}: size ${v} at offset ${this.base + at} is out of range`, {
        offset: this.base + at,
      });
    }
    return v;
  }
  slice(at: number, size: number): Uint8Array {
    this.need(at, size);
    return this.bytes.subarray(at, at + size);
  }
  /** NUL-terminated UTF-8 string. */
  cstr(at: number): string {
    this.need(at, 1);
    const end = this.bytes.indexOf(0, at);
    if (end < 0) {
      throw new InputError(`${this.what}: string at offset ${this.base + at} has no end`, {
        offset: this.base + at,
      });
    }
    return utf8.decode(this.bytes.subarray(at, end));
  }
}
