// The pattern that compilers put around a fastcall helper: its stores cost no stack.
// norun: the CPU's number comes back
    r6 = r1
    r1 = 11
    *(u64 *)(r10 - 8) = r1
    call bpf_get_smp_processor_id
    r1 = *(u64 *)(r10 - 8)
    r0 += r1
    exit
