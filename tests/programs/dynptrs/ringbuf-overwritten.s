// A store over a dynptr that holds a reference.
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
    *(u64 *)(r10 - 16) = 0
    r1 = r10
    r1 += -16
    r2 = 0
    call bpf_ringbuf_submit_dynptr
    r0 = 0
    exit
