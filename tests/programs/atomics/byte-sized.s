// Atomics take four or eight bytes.
    *(u64 *)(r10 - 8) = 0
    r1 = 1
.insn 0xd3, 10, 1, -8, 0
    r0 = 0
    exit
