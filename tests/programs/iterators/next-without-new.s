// The iterator was never made.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -8
    call bpf_iter_num_next
    r0 = 0
    exit
