// r3 was never written.
    r2 = 0
    r4 = 8
    call bpf_xdp_load_bytes
    r0 = 0
    exit
