/**
 * Text as bytes, one character each (Latin-1). The verifier's log is such text: positions in it count bytes, and a
 * source line may hold any byte. What a person reads is decoded at the edge.
 */
const utf8 = new TextDecoder('utf-8');

export function bytesToText(bytes: Uint8Array): string {
  let text = '';
  // A spread of a large array would overflow the stack.
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

export function textToBytes(text: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

/** The text that the bytes spell in UTF-8; what is none becomes U+FFFD. */
export function readableText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the question is whether all are ASCII.
  return /^[\x00-\x7f]*$/.test(text) ? text : utf8.decode(textToBytes(text));
}
