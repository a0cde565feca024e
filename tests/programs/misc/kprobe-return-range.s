// A kprobe may return any number as well.
// norun: a kprobe has no test run
.section "kprobe/do_nanosleep"
    r0 = 7
    exit
