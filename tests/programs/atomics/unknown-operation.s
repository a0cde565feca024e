// 0x77 is no atomic operation.
    *(u64 *)(r10 - 8) = 0
    r1 = 1
.insn 0xdb, 10, 1, -8, 0x77
    r0 = 0
    exit
