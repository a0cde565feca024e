/** "r0,r2,r4" for 0x15 (fmt_reg_mask()). */
export function fmtRegMask(mask: number): string {
  const out: string[] = [];
  for (let i = 0; i < 32; i++) if ((mask >>> i) & 1) out.push(`r${i}`);
  return out.join(',');
}

/** "-8,-24,-40" for 0x15 (bpf_fmt_stack_mask()). */
export function fmtStackMask(lo: number, hi: number): string {
  const out: string[] = [];
  for (let i = 0; i < 64; i++) {
    if (((i < 32 ? lo : hi) >>> (i & 31)) & 1) out.push(String(-(i + 1) * 8));
  }
  return out.join(',');
}
