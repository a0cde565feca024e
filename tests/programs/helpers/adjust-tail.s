// The last four bytes cut off.
    r2 = -4
    call bpf_xdp_adjust_tail
    w0 = w0
    exit
