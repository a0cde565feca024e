// A kfunc that sleeps, in a program that may not.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = 0
    r4 = 0
    call bpf_copy_from_user_str
    r0 = 0
    exit
