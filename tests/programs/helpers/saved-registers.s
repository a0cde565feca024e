// r6 to r9 outlive a call.
// norun: the CPU's number comes back
    r6 = r1
    call bpf_get_smp_processor_id
    r7 = r0
    r0 = *(u32 *)(r6 + 12)
    r0 += r7
    exit
