// A 16-byte instruction cut off.
    r0 = 0
.insn 0x18, 1, 0, 0, 5
