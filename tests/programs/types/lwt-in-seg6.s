// Others have not.
// norun: the hook is not simulated
.section "lwt_in"
    r2 = 1
    r3 = r10
    r3 += -8
    r4 = 0
    *(u64 *)(r10 - 8) = r4
    r4 = 8
    call bpf_lwt_seg6_action
    r0 = 0
    exit
