// An iterator lies in whole slots.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -12
    r2 = 0
    r3 = 5
    call bpf_iter_num_new
    r0 = 0
    exit
