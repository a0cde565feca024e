// A format on the stack.
// norun: the return value counts a trace line
    r1 = 0x0a64253a69 ll
    *(u64 *)(r10 - 8) = r1
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = 42
    call bpf_trace_printk
    r0 = 2
    exit
