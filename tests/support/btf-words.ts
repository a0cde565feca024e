/** BTF written word by word, so that a test can make any mistake. */
const KINDS = {
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  proto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

/** Name offset and text of each string given, NUL between them. */
export function strings(...names: readonly string[]): { text: string; at: Record<string, number> } {
  let text = '\0';
  const at: Record<string, number> = { '': 0 };
  for (const name of names) {
    at[name] = text.length;
    text += `${name}\0`;
  }
  return { text, at };
}

/** The three words of a type, then what follows it. */
export function type(
  kind: keyof typeof KINDS,
  nameOff: number,
  sizeOrType: number,
  extra: readonly number[] = [],
  more: { readonly vlen?: number; readonly flag?: boolean } = {},
): number[] {
  const info = ((more.flag === true ? 0x8000_0000 : 0) | (KINDS[kind] << 24) | (more.vlen ?? 0)) >>> 0;
  return [nameOff, info, sizeOrType, ...extra];
}

/** `int` of 32 bits, signed, with the name at `nameOff`. */
export const int32 = (nameOff: number): number[] => type('int', nameOff, 4, [0x0100_0020]);

/** A whole blob; `header` replaces words of the header (magic and version are one). */
export function blob(
  types: readonly (readonly number[])[],
  text: string,
  header: readonly (number | null)[] = [],
): Uint8Array {
  const words = types.flat();
  const head = [0x0001_eb9f, 24, 0, words.length * 4, words.length * 4, text.length].map(
    (w, i) => header[i] ?? w,
  );
  const out = new Uint8Array(24 + words.length * 4 + text.length);
  const view = new DataView(out.buffer);
  [...head, ...words].forEach((w, i) => {
    view.setUint32(4 * i, w >>> 0, true);
  });
  for (let i = 0; i < text.length; i++) out[24 + words.length * 4 + i] = text.charCodeAt(i);
  return out;
}
