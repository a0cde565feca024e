// A misaligned register.
.section "kprobe/do_nanosleep"
    r2 = *(u64 *)(r1 + 4)
    r0 = 0
    exit
