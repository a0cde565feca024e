// _next() may give NULL.
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
    call bpf_iter_num_next
    r1 = *(u32 *)(r0 + 0)
    r1 = r10
    r1 += -8
    call bpf_iter_num_destroy
    r0 = 0
    exit
