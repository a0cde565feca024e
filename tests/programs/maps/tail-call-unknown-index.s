// A tail call with an index from the packet, which may be out of range.
.map jumps, type=prog_array, key=4, value=4, max_entries=4
.section "xdp"
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 1
    if r4 > r3 goto out
    r3 = *(u8 *)(r2 + 0)
    r2 = jumps ll
    call bpf_tail_call
    r0 = 7
    exit
out:
    r0 = 2
    exit
