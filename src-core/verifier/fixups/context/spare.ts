/** A register that an instruction does not use: what the kernel borrows while it converts a store. */
export const spareRegister = (dst: number, src: number): number =>
  [9, 8, 7].find((r) => r !== dst && r !== src) ?? 7;
