// An iterator over numbers: the sum is unbounded, the loop converges.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -8
    r2 = 0
    r3 = 5
    call bpf_iter_num_new
    r6 = 0
loop:
    r1 = r10
    r1 += -8
    call bpf_iter_num_next
    if r0 == 0 goto out
    r1 = *(u32 *)(r0 + 0)
    r6 += r1
    goto loop
out:
    r1 = r10
    r1 += -8
    call bpf_iter_num_destroy
    r0 = 0
    exit
