// A map key on the stack that was never written: root may read the uninitialised bytes.
.map slots, type=hash, key=8, value=8, max_entries=4
.section "socket"
    r1 = slots ll
    r2 = r10
    r2 += -8
    call bpf_map_lookup_elem
    r0 = 0
    exit
