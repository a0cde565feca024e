// A store over the iterator makes it plain bytes.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -8
    r2 = 0
    r3 = 5
    call bpf_iter_num_new
    *(u64 *)(r10 - 8) = 0
    r1 = r10
    r1 += -8
    call bpf_iter_num_destroy
    r0 = 0
    exit
