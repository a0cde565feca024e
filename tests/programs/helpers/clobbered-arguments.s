// A call forgets r1 to r5.
    call bpf_get_smp_processor_id
    r0 = *(u32 *)(r1 + 0)
    exit
