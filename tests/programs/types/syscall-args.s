// Reads and writes what the caller passed, at any aligned place.
// norun: the hook is not simulated
.section "syscall"
    r2 = *(u64 *)(r1 + 40)
    *(u32 *)(r1 + 1000) = r2
    r0 = 0
    exit
