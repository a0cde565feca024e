// A tail call into an empty slot falls through.
.map jumps, type=prog_array, key=4, value=4, max_entries=4
.section "xdp"
    r2 = jumps ll
    r3 = 1
    call bpf_tail_call
    r0 = 2
    exit
