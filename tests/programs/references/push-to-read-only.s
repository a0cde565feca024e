// A map that programs may only read.
// norun: kfuncs are not simulated
.map q, type=queue, value=8, max_entries=4, flags=128
.section "tc"
prog:
    *(u64 *)(r10 - 8) = 0
    r1 = q ll
    r2 = r10
    r2 += -8
    r3 = 0
    call bpf_map_push_elem
    r0 = 0
    exit
