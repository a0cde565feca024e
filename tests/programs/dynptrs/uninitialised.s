// There is no dynptr there.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -16
    call bpf_dynptr_size
    r0 = 0
    exit
