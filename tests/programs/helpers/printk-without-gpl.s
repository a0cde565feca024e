// bpf_trace_printk() is for GPL-compatible programs only.
.license "Proprietary"
.section "xdp"
    r1 = 0
    *(u64 *)(r10 - 8) = r1
    r1 = r10
    r1 += -8
    r2 = 8
    call bpf_trace_printk
    r0 = 2
    exit
