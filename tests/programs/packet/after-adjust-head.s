// bpf_xdp_adjust_head() invalidates packet pointers.
    r6 = r1
    r7 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r7
    r4 += 14
    if r4 > r3 goto out
    r2 = -4
    call bpf_xdp_adjust_head
    r0 = *(u8 *)(r7 + 0)
    exit
out:
    r0 = 2
    exit
