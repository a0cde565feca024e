// The type is a constant.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r2 = *(u32 *)(r1 + 0)
    call bpf_rdonly_cast
    r0 = 0
    exit
