// A tail call wants a prog array.
.map jumps, type=array, key=4, value=4, max_entries=4
.section "xdp"
    r2 = jumps ll
    r3 = 1
    call bpf_tail_call
    r0 = 2
    exit
