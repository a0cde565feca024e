// A socket that bpf_skc_lookup_tcp() found must be released.
// norun: kfuncs are not simulated
.section "tc"
prog:
    *(u64 *)(r10 - 16) = 0
    *(u64 *)(r10 - 8) = 0
    r2 = r10
    r2 += -16
    r3 = 12
    r4 = -1
    r5 = 0
    call bpf_skc_lookup_tcp
    r0 = 0
    exit
