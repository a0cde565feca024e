// A random number, masked, as an index.
// norun: a random element changes
.map table, type=array, key=4, value=64, max_entries=1
.section "xdp"
    call bpf_get_prandom_u32
    r6 = r0
    r6 &= 63
    *(u32 *)(r10 - 4) = 0
    r1 = table ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r0 += r6
    *(u8 *)(r0 + 0) = 1
out:
    r0 = 2
    exit
