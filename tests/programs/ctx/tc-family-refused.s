// remote_ip4 is not for tc.
.section "tc"
    r0 = *(u32 *)(r1 + 92)
    exit
