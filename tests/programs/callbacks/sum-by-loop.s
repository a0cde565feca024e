// bpf_loop() calls a subprogram ten times; it sums into the caller's stack.
.section ".text"
add_index:
    r3 = *(u64 *)(r2 + 0)
    r3 += r1
    *(u64 *)(r2 + 0) = r3
    r0 = 0
    exit

.section "xdp"
prog:
    *(u64 *)(r10 - 8) = 0
    r1 = 10
    r2 = add_index ll
    r3 = r10
    r3 += -8
    r4 = 0
    call bpf_loop
    r1 = *(u64 *)(r10 - 8)
    r0 <<= 8
    r0 |= r1
    exit
