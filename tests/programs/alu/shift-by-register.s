// A shift by a register is taken modulo the width when the program runs.
    r2 = *(u32 *)(r1 + 4)
    r3 = *(u32 *)(r1 + 0)
    r2 -= r3
    r4 = r2
    r4 += 10
    r0 = 1
    r0 <<= r4
    r1 = r0
    r1 >>= 32
    r0 ^= r1
    w0 = w0
    exit
