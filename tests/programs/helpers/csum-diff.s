// The checksum of four bytes, starting from nothing.
    *(u32 *)(r10 - 4) = 0x01020304
    r1 = 0
    r2 = 0
    r3 = r10
    r3 += -4
    r4 = 4
    r5 = 0
    call bpf_csum_diff
    w0 = w0
    exit
