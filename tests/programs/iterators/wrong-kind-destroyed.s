// An iterator over bits is none over numbers.
// norun: kfuncs are not simulated
.section "tc"
prog:
    *(u64 *)(r10 - 32) = 5
    r1 = r10
    r1 += -16
    r2 = r10
    r2 += -32
    r3 = 1
    call bpf_iter_bits_new
    r1 = r10
    r1 += -16
    call bpf_iter_num_destroy
    r0 = 0
    exit
