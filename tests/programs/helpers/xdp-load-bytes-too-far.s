// bpf_xdp_load_bytes() behind the end fails with EINVAL and leaves the buffer.
    *(u64 *)(r10 - 8) = 77
    r2 = 60
    r3 = r10
    r3 += -8
    r4 = 8
    call bpf_xdp_load_bytes
    r1 = *(u64 *)(r10 - 8)
    r0 += r1
    w0 = w0
    exit
