// The number bounds an access to the stack.
// norun: kfuncs are not simulated
.section "tc"
prog:
    *(u64 *)(r10 - 16) = 0
    r1 = r10
    r1 += -8
    r2 = 0
    r3 = 5
    call bpf_iter_num_new
loop:
    r1 = r10
    r1 += -8
    call bpf_iter_num_next
    if r0 == 0 goto out
    r1 = *(u32 *)(r0 + 0)
    if r1 > 7 goto loop
    r2 = r10
    r2 += -16
    r2 += r1
    *(u8 *)(r2 + 0) = 1
    goto loop
out:
    r1 = r10
    r1 += -8
    call bpf_iter_num_destroy
    r0 = 0
    exit
