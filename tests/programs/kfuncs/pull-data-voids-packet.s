// bpf_xdp_pull_data() moves the packet.
// norun: kfuncs are not simulated
.section "xdp"
prog:
    r6 = r1
    r7 = *(u32 *)(r1 + 0)
    r8 = *(u32 *)(r1 + 4)
    r2 = r7
    r2 += 14
    if r2 > r8 goto out
    r1 = r6
    r2 = 14
    call bpf_xdp_pull_data
    r0 = *(u8 *)(r7 + 0)
out:
    r0 = 2
    exit
