// A helper may not fill an iterator.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -8
    r2 = 0
    r3 = 5
    call bpf_iter_num_new
    r1 = r10
    r1 += -8
    r2 = 8
    call bpf_get_current_comm
    r1 = r10
    r1 += -8
    call bpf_iter_num_destroy
    r0 = 0
    exit
