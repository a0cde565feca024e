// The first argument is a buffer.
// norun: the hook is not simulated
.section "raw_tp.w/nbd_send_request"
    r2 = *(u64 *)(r1 + 0)
    r3 = 0
    *(u64 *)(r2 + 8) = r3
    r0 = 0
    exit
