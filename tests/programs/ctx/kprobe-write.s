// pt_regs cannot be written from a kprobe.
.section "kprobe/do_nanosleep"
    r2 = 1
    *(u64 *)(r1 + 0) = r2
    r0 = 0
    exit
