// Too little is left of the frame: the helper fails when it runs.
    r2 = 50
    call bpf_xdp_adjust_head
    w0 = w0
    exit
