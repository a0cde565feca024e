// A slice is checked for NULL and written.
// norun: kfuncs are not simulated
.map ring, type=ringbuf, max_entries=4096
.section "tc"
prog:
    r1 = ring ll
    r2 = 16
    r3 = 0
    r4 = r10
    r4 += -16
    call bpf_ringbuf_reserve_dynptr
    r1 = r10
    r1 += -16
    r2 = 0
    r3 = 8
    call bpf_dynptr_data
    if r0 == 0 goto +1
    *(u64 *)(r0 + 0) = 1
    r1 = r10
    r1 += -16
    r2 = 0
    call bpf_ringbuf_submit_dynptr
    r0 = 0
    exit
