// A kprobe copies kernel memory with bpf_probe_read_kernel().
// norun: a kprobe has no test run
.section "kprobe/do_nanosleep"
    r3 = *(u64 *)(r1 + 112)
    r1 = r10
    r1 += -16
    r2 = 16
    call bpf_probe_read_kernel
    r0 = 0
    exit
