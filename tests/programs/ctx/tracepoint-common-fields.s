// The first eight bytes of a tracepoint's record are hidden.
.section "tracepoint/syscalls/sys_enter_openat"
    r2 = *(u32 *)(r1 + 4)
    r0 = 0
    exit
