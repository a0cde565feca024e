// bpf_xdp_load_bytes() copies from the frame.
    r2 = 12
    r3 = r10
    r3 += -8
    r4 = 2
    call bpf_xdp_load_bytes
    if r0 != 0 goto out
    r0 = *(u16 *)(r10 - 8)
    exit
out:
    r0 = 1
    exit
