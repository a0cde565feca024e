// Metadata kfuncs need a device.
// norun: kfuncs are not simulated
.section "xdp"
prog:
    r2 = r10
    r2 += -8
    call bpf_xdp_metadata_rx_timestamp
    r0 = 2
    exit
