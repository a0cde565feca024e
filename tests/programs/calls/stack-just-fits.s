// Two frames of 256 bytes.
.section "xdp"
prog:
    *(u64 *)(r10 - 256) = 1
    call deep
    r1 = *(u64 *)(r10 - 256)
    r0 += r1
    exit
deep:
    *(u64 *)(r10 - 256) = 2
    r0 = *(u64 *)(r10 - 256)
    exit
