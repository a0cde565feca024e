// A kprobe reads struct pt_regs by whole words.
// norun: a kprobe has no test run
.section "kprobe/do_nanosleep"
    r2 = *(u64 *)(r1 + 112)
    r3 = *(u64 *)(r1 + 80)
    r0 = 0
    exit
