// A subprogram may throw.
// norun: kfuncs are not simulated
.section ".text"
thrower:
    r1 = 0
    call bpf_throw
    r0 = 0
    exit

.section "tc"
prog:
    call thrower
    r0 = 0
    exit
