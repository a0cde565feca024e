// It has no bytes in front.
// norun: the hook is not simulated
.section "raw_tp.w/nbd_send_request"
    r2 = *(u64 *)(r1 + 0)
    r0 = *(u8 *)(r2 - 1)
    r0 = 0
    exit
