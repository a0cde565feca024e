// A tracepoint's record is read behind its first eight bytes.
// norun: a tracepoint has no test run
.section "tracepoint/syscalls/sys_enter_openat"
    r2 = *(u64 *)(r1 + 8)
    r3 = *(u32 *)(r1 + 16)
    r0 = 0
    exit
