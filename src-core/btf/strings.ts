import { bytesToText } from '../util/byte-text.ts';

const utf8 = new TextDecoder('utf-8');

/**
 * The string section of a BTF blob. One decode of the whole section makes slices cheap; a section with
 * bytes over 127 (source lines in comments) is decoded string by string, since offsets count bytes.
 */
export class BtfStrings {
  private text: string | null = null;
  private ascii: boolean | null = null;

  constructor(readonly bytes: Uint8Array) {}

  /** The string at `offset`, which must be inside the section. */
  at(offset: number): string {
    if (this.bytes[offset] === 0) return '';
    this.ascii ??= this.bytes.every((b) => b < 0x80);
    if (!this.ascii) return utf8.decode(this.bytes.subarray(offset, this.bytes.indexOf(0, offset)));
    this.text ??= utf8.decode(this.bytes);
    return this.text.slice(offset, this.text.indexOf('\0', offset));
  }

  /** The same string as bytes, one character each. */
  bytesAt(offset: number): string {
    this.ascii ??= this.bytes.every((b) => b < 0x80);
    return this.ascii
      ? this.at(offset)
      : bytesToText(this.bytes.subarray(offset, this.bytes.indexOf(0, offset)));
  }
}
