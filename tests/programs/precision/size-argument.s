// A helper's size argument must be known exactly.
    r2 = *(u32 *)(r1 + 12)
    r6 = 4
    if r2 == 5 goto +1
    r6 = 8
    r1 = 0
    *(u64 *)(r10 - 8) = r1
    r2 = 0
    r3 = r10
    r3 += -8
    r4 = r6
    r5 = 0
    call bpf_csum_diff
    w0 = w0
    exit
