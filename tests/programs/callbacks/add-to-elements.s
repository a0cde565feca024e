// bpf_for_each_map_elem() visits every element of an array and adds to it.
.map cells, type=array, key=4, value=8, max_entries=4
.section ".text"
visit:
    r5 = 3
    lock *(u64 *)(r3 + 0) += r5
    r0 = 0
    exit

.section "xdp"
prog:
    r1 = cells ll
    r2 = visit ll
    r3 = 0
    r4 = 0
    call bpf_for_each_map_elem
    exit
