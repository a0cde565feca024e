// bpf_for_each_map_elem() on an array, with the callback in the same section.
.map counts, type=array, key=4, value=8, max_entries=4
.section "xdp"
    r1 = counts ll
    r2 = each ll
    r3 = 0
    r4 = 0
    call bpf_for_each_map_elem
    exit
each:
    r0 = 0
    exit
.type each, @function
