// Counts packets by the low bit of their first byte.
.map hits, type=array, key=4, value=8, max_entries=2
.map slots, type=percpu_hash, key=4, value=4, max_entries=8
.section "xdp"
prog:
    r6 = r1
    r2 = *(u32 *)(r6 + 0)
    r3 = *(u32 *)(r6 + 4)
    r4 = r2
    r4 += 1
    if r4 > r3 goto out
    w5 = *(u8 *)(r2 + 0)
    w5 &= 1
    *(u32 *)(r10 - 4) = w5
    r1 = hits ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r1 = 1
    lock *(u64 *)(r0 + 0) += r1
    *(u32 *)(r10 - 8) = 7
    r1 = slots ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -8
    r4 = 0
    call bpf_map_update_elem
out:
    r0 = 2
    exit
