// Strings of the kernel: any address, and a bounded search.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 0
    r2 = 16
    call bpf_strnlen
    r0 = 0
    exit
