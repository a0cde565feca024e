// Look up, insert when absent, else count.
.map flows, type=hash, key=8, value=8, max_entries=8
.section "xdp"
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 34
    if r4 > r3 goto out
    r5 = *(u32 *)(r2 + 26)
    *(u32 *)(r10 - 8) = r5
    r5 = *(u32 *)(r2 + 30)
    *(u32 *)(r10 - 4) = r5
    r1 = flows ll
    r2 = r10
    r2 += -8
    call bpf_map_lookup_elem
    if r0 == 0 goto insert
    r1 = 1
    lock *(u64 *)(r0 + 0) += r1
    goto out
insert:
    *(u64 *)(r10 - 16) = 1
    r1 = flows ll
    r2 = r10
    r2 += -8
    r3 = r10
    r3 += -16
    r4 = 1
    call bpf_map_update_elem
out:
    r0 = 2
    exit
