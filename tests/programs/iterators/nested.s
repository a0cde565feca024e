// Two iterators, one inside the other.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -8
    r2 = 0
    r3 = 5
    call bpf_iter_num_new
outer:
    r1 = r10
    r1 += -8
    call bpf_iter_num_next
    if r0 == 0 goto out
    r1 = r10
    r1 += -16
    r2 = 0
    r3 = 3
    call bpf_iter_num_new
inner:
    r1 = r10
    r1 += -16
    call bpf_iter_num_next
    if r0 == 0 goto idone
    goto inner
idone:
    r1 = r10
    r1 += -16
    call bpf_iter_num_destroy
    goto outer
out:
    r1 = r10
    r1 += -8
    call bpf_iter_num_destroy
    r0 = 0
    exit
