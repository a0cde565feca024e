// A counter that must stay precise keeps the loop from converging early.
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
    r6 += 1
    if r6 > 10 goto out
    goto loop
out:
    r1 = r10
    r1 += -8
    call bpf_iter_num_destroy
    r1 = r10
    r1 += -64
    r6 &= 7
    r1 += r6
    *(u8 *)(r1 + 0) = 1
    r0 = 0
    exit
