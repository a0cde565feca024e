// A longest-prefix trie: a /8 is entered, an address looked up.
.map routes, type=lpm_trie, key=8, value=4, max_entries=8, flags=no_prealloc
.section "xdp"
    *(u32 *)(r10 - 8) = 8
    *(u32 *)(r10 - 4) = 10
    *(u32 *)(r10 - 12) = 5
    r1 = routes ll
    r2 = r10
    r2 += -8
    r3 = r10
    r3 += -12
    r4 = 0
    call bpf_map_update_elem
    *(u32 *)(r10 - 8) = 32
    *(u32 *)(r10 - 4) = 0x0200000a
    r1 = routes ll
    r2 = r10
    r2 += -8
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r0 = *(u32 *)(r0 + 0)
    exit
out:
    r0 = 2
    exit
