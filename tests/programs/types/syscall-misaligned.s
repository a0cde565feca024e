// Accesses are aligned.
// norun: the hook is not simulated
.section "syscall"
    r2 = *(u32 *)(r1 + 2)
    r0 = 0
    exit
