// An index scaled with a shift.
.map table, type=array, key=4, value=64, max_entries=1
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = table ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r6 = *(u8 *)(r0 + 0)
    r6 >>= 5
    r6 <<= 3
    r0 += r6
    r1 = 0x0102030405060708 ll
    *(u64 *)(r0 + 0) = r1
out:
    r0 = 2
    exit
