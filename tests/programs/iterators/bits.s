// An iterator over the bits of a word.
// norun: kfuncs are not simulated
.section "tc"
prog:
    *(u64 *)(r10 - 32) = 0x55
    r1 = r10
    r1 += -16
    r2 = r10
    r2 += -32
    r3 = 1
    call bpf_iter_bits_new
    r6 = 0
loop:
    r1 = r10
    r1 += -16
    call bpf_iter_bits_next
    if r0 == 0 goto out
    r6 += 1
    goto loop
out:
    r1 = r10
    r1 += -16
    call bpf_iter_bits_destroy
    r0 = 0
    exit
