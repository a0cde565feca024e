// The context as the kernel sees it.
// norun: kfuncs are not simulated
.section "tc"
prog:
    call bpf_cast_to_kern_ctx
    r1 = *(u32 *)(r0 + 112)
    r0 = 0
    exit
