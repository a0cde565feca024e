// From one to another, with a seed.
    *(u32 *)(r10 - 4) = 0x01020304
    *(u64 *)(r10 - 16) = 0x7a0b0c0d
    r1 = r10
    r1 += -4
    r2 = 4
    r3 = r10
    r3 += -16
    r4 = 8
    r5 = 0xffff
    call bpf_csum_diff
    w0 = w0
    exit
