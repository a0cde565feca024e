/** Appends an unsigned LEB128 number (below 2^32) to `out`. WebAssembly core specification 5.2.2. */
export function uleb(out: number[], value: number): void {
  let v = value >>> 0;
  while (v >= 0x80) {
    out.push((v & 0x7f) | 0x80);
    v >>>= 7;
  }
  out.push(v);
}

/** Appends a signed LEB128 32-bit number. */
export function sleb32(out: number[], value: number): void {
  let v = value | 0;
  for (;;) {
    const byte = v & 0x7f;
    v >>= 7;
    if ((v === 0 && (byte & 0x40) === 0) || (v === -1 && (byte & 0x40) !== 0)) {
      out.push(byte);
      return;
    }
    out.push(byte | 0x80);
  }
}

/** Appends a signed LEB128 64-bit number given as halves. */
export function sleb64(out: number[], lo: number, hi: number): void {
  let l = lo | 0;
  let h = hi | 0;
  for (;;) {
    const byte = l & 0x7f;
    l = (l >>> 7) | (h << 25);
    h >>= 7;
    const done = (l === 0 && h === 0 && (byte & 0x40) === 0) || (l === -1 && h === -1 && (byte & 0x40) !== 0);
    out.push(done ? byte : byte | 0x80);
    if (done) return;
  }
}
