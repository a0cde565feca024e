// A socket filter has a packet, an XDP program has another.
// norun: kfuncs are not simulated
.section "xdp"
prog:
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    r0 = 2
    exit
