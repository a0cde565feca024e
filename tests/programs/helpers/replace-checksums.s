// A new address: bpf_l3_csum_replace() and bpf_l4_csum_replace() keep the checksums right.
.section "tc"
    r6 = r1
    r2 = 24
    r3 = 0x0100000a
    r4 = 0x0300000a
    r5 = 4
    call bpf_l3_csum_replace
    r7 = r0
    r1 = r6
    r2 = 50
    r3 = 0x0100000a
    r4 = 0x0300000a
    r5 = 0x14
    call bpf_l4_csum_replace
    r0 |= r7
    w0 = w0
    exit
