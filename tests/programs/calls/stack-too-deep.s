// Frames of one chain of calls share 512 bytes.
.section "xdp"
prog:
    *(u64 *)(r10 - 312) = 0
    *(u64 *)(r10 - 304) = 0
    call deep
    exit
deep:
    *(u64 *)(r10 - 304) = 0
    r0 = 0
    exit
