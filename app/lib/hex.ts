/** Bytes as pairs of digits, 16 bytes a line. */
export function toHex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    lines.push(Array.from(bytes.subarray(at, at + 16), (b) => b.toString(16).padStart(2, '0')).join(' '));
  }
  return lines.join('\n');
}

export type HexParsed =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly message: string };

/** Reads hex as people write it: spaces, line breaks, `0x`, colons and commas between bytes are passed over. */
export function parseHex(text: string): HexParsed {
  const digits = text.replace(/0x/gi, '').replace(/[\s:,]/g, '');
  const bad = /[^0-9a-fA-F]/.exec(digits);
  if (bad !== null) return { ok: false, message: `"${bad[0]}" is no hexadecimal digit` };
  if (digits.length % 2 !== 0) return { ok: false, message: 'the last byte has one digit; bytes have two' };
  return { ok: true, bytes: Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)) };
}

/** A little-endian number of 1, 2, 4 or 8 bytes in decimal; null for other sizes. */
export function toDecimal(bytes: Uint8Array): string | null {
  if (![1, 2, 4, 8].includes(bytes.length)) return null;
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return value.toString();
}
