// The session asks for the return, or not.
// norun: the hook is not simulated
.section "kprobe.session/do_nanosleep"
    r0 = 2
    exit
