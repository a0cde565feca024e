// bpf_dynptr_from_mem() takes map values only.
// norun: kfuncs are not simulated
.section "tc"
prog:
    *(u64 *)(r10 - 32) = 0
    r1 = r10
    r1 += -32
    r2 = 8
    r3 = 0
    r4 = r10
    r4 += -16
    call bpf_dynptr_from_mem
    r0 = 0
    exit
