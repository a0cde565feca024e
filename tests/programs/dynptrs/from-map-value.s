// A dynptr over a map value, written and read.
// norun: kfuncs are not simulated
.map values, type=array, key=4, value=32, max_entries=1
.section "tc"
prog:
    r1 = values ll
    r2 = r10
    r2 += -4
    *(u32 *)(r10 - 4) = 0
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r1 = r0
    r2 = 32
    r3 = 0
    r4 = r10
    r4 += -24
    call bpf_dynptr_from_mem
    *(u64 *)(r10 - 32) = 7
    r1 = r10
    r1 += -24
    r2 = 0
    r3 = r10
    r3 += -32
    r4 = 8
    r5 = 0
    call bpf_dynptr_write
    r1 = r10
    r1 += -32
    r2 = 8
    r3 = r10
    r3 += -24
    r4 = 0
    r5 = 0
    call bpf_dynptr_read
out:
    r0 = 0
    exit
