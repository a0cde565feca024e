// Registers as in any kprobe.
// norun: the hook is not simulated
.section "kprobe.multi/do_nanosleep"
    r2 = *(u64 *)(r1 + 112)
    r0 = 0
    exit
