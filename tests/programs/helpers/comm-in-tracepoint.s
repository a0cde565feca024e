// The name of the current task, as a key.
// norun: a tracepoint has no test run
.map names, type=hash, key=16, value=8, max_entries=64
.section "tracepoint/syscalls/sys_enter_openat"
    r1 = r10
    r1 += -16
    r2 = 16
    call bpf_get_current_comm
    *(u64 *)(r10 - 24) = 1
    r1 = names ll
    r2 = r10
    r2 += -16
    r3 = r10
    r3 += -24
    r4 = 0
    call bpf_map_update_elem
    r0 = 0
    exit
