// bpf_skb_vlan_push() moves the packet.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r6 = r1
    r7 = *(u32 *)(r1 + 76)
    r8 = *(u32 *)(r1 + 80)
    r2 = r7
    r2 += 14
    if r2 > r8 goto out
    r1 = r6
    r2 = 0x81
    r3 = 5
    call bpf_skb_vlan_push
    r0 = *(u8 *)(r7 + 0)
out:
    r0 = 0
    exit
