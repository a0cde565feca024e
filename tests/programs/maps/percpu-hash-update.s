// A new element of a per-CPU hash is zero on the other CPUs.
.map m, type=percpu_hash, key=4, value=8, max_entries=4
.section "xdp"
    r6 = 0
    *(u32 *)(r10 - 4) = 1
    *(u64 *)(r10 - 16) = 5
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 2
    *(u64 *)(r10 - 16) = 6
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 1
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 2
    *(u64 *)(r10 - 16) = 7
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 1
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 1
    r1 = m ll
    r2 = r10
    r2 += -4
    call bpf_map_delete_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 1
    *(u64 *)(r10 - 16) = 8
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 2
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 1
    *(u64 *)(r10 - 16) = 9
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    r0 = r6
    w0 = w0
    exit
