// An exception ends the program with its cookie.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 0
    call bpf_throw
    r0 = 1
    exit
