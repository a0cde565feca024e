// A tail call passes the context on.
.map jumps, type=prog_array, key=4, value=4, max_entries=4
.section "xdp"
    r1 = 0
    r2 = jumps ll
    r3 = 0
    call bpf_tail_call
    r0 = 2
    exit
