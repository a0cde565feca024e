/* SPDX-License-Identifier: GPL-2.0-only */
/* Tags, room for headers, tunnels, sizes. */
#include "../../objects/common.h"

/* Headers of older kernels lack these. */
#define BPF_F_ADJ_ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define BPF_F_ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)

__s64 out[32];

SEC("tc")
int vlan(struct __sk_buff *skb)
{
	out[0] = bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 0x123);
	out[1] = skb->vlan_present;
	out[2] = skb->vlan_tci;
	out[3] = skb->vlan_proto;
	out[4] = skb->len;
	out[5] = bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021AD), 0x456);
	out[6] = skb->len;
	out[7] = skb->vlan_tci;
	out[8] = skb->vlan_proto;
	out[9] = skb->protocol;
	return 0;
}

SEC("tc")
int vlan_back(struct __sk_buff *skb)
{
	out[0] = bpf_skb_vlan_pop(skb);
	out[1] = bpf_skb_vlan_push(skb, 0, 7);
	out[2] = bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 8);
	out[3] = bpf_skb_vlan_pop(skb);
	out[4] = skb->vlan_present;
	out[5] = skb->vlan_tci;
	out[6] = skb->len;
	out[7] = skb->protocol;
	out[8] = bpf_skb_vlan_pop(skb);
	out[9] = skb->vlan_present;
	out[10] = bpf_skb_vlan_pop(skb);
	out[11] = skb->len;
	return 0;
}

SEC("tc")
int room(struct __sk_buff *skb)
{
	out[0] = bpf_skb_adjust_room(skb, 8, BPF_ADJ_ROOM_MAC, 0);
	out[1] = skb->len;
	out[2] = bpf_skb_adjust_room(skb, -8, BPF_ADJ_ROOM_MAC, 0);
	out[3] = skb->len;
	out[4] = bpf_skb_adjust_room(skb, 4, BPF_ADJ_ROOM_NET, 0);
	out[5] = bpf_skb_adjust_room(skb, 5000, BPF_ADJ_ROOM_NET, 0);
	out[6] = bpf_skb_adjust_room(skb, 4, 2, 0);
	out[7] = bpf_skb_adjust_room(skb, 4, BPF_ADJ_ROOM_NET, 1ULL << 40);
	out[8] = bpf_skb_adjust_room(skb, -200, BPF_ADJ_ROOM_NET, 0);
	out[9] = bpf_skb_adjust_room(skb, 4, BPF_ADJ_ROOM_NET, BPF_F_ADJ_ROOM_DECAP_L3_IPV4);
	out[10] = skb->len;
	return 0;
}

SEC("tc")
int encap(struct __sk_buff *skb)
{
	out[0] = bpf_skb_adjust_room(skb, 20, BPF_ADJ_ROOM_MAC,
				     BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6);
	out[1] = bpf_skb_adjust_room(skb, 40, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV6);
	out[2] = skb->protocol;
	out[3] = skb->len;
	out[4] = bpf_skb_adjust_room(skb, 20, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4);
	out[5] = bpf_skb_adjust_room(skb, -40, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_DECAP_L3_IPV4);
	out[6] = skb->protocol;
	out[7] = skb->len;
	return 0;
}

SEC("tc")
int other_protocol(struct __sk_buff *skb)
{
	out[0] = bpf_skb_change_proto(skb, bpf_htons(ETH_P_IPV6), 1);
	out[1] = bpf_skb_change_proto(skb, bpf_htons(ETH_P_ARP), 0);
	out[2] = bpf_skb_change_proto(skb, bpf_htons(ETH_P_IPV6), 0);
	out[3] = skb->protocol;
	out[4] = skb->len;
	out[5] = bpf_skb_change_proto(skb, bpf_htons(ETH_P_IP), 0);
	out[6] = skb->len;
	return 0;
}

SEC("tc")
int tunnel(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = { .tunnel_id = 5, .remote_ipv4 = 0x0a000001, .tunnel_tos = 3,
				      .tunnel_ttl = 64, .local_ipv4 = 0x0a000002 };
	struct bpf_tunnel_key got = {};
	__u32 option = 0x11223344, room = 0;

	out[0] = bpf_skb_get_tunnel_key(skb, &got, sizeof(got), 0);
	out[1] = bpf_skb_set_tunnel_key(skb, &key, sizeof(key), 128);
	out[2] = bpf_skb_set_tunnel_key(skb, &key, 30, 0);
	out[3] = bpf_skb_set_tunnel_key(skb, &key, sizeof(key), BPF_F_ZERO_CSUM_TX);
	out[4] = bpf_skb_get_tunnel_key(skb, &got, sizeof(got), BPF_F_TUNINFO_IPV6);
	out[5] = bpf_skb_get_tunnel_key(skb, &got, sizeof(got), 0);
	out[6] = got.tunnel_id;
	out[7] = got.remote_ipv4;
	out[8] = got.local_ipv4;
	out[9] = got.tunnel_ttl;
	out[10] = got.tunnel_tos;
	out[11] = bpf_skb_get_tunnel_key(skb, &got, sizeof(got), BPF_F_TUNINFO_FLAGS);
	out[12] = got.tunnel_ext;
	out[13] = bpf_skb_get_tunnel_opt(skb, &room, sizeof(room));
	out[14] = bpf_skb_set_tunnel_opt(skb, &option, 3);
	out[15] = bpf_skb_set_tunnel_opt(skb, &option, sizeof(option));
	out[16] = bpf_skb_get_tunnel_opt(skb, &room, sizeof(room));
	out[17] = room;
	key.remote_ipv6[3] = 9;
	key.tunnel_label = 7;
	out[18] = bpf_skb_set_tunnel_key(skb, &key, sizeof(key), 0);
	out[19] = bpf_skb_set_tunnel_key(skb, &key, sizeof(key), BPF_F_TUNINFO_IPV6 | BPF_F_SEQ_NUMBER);
	out[20] = bpf_skb_get_tunnel_key(skb, &got, sizeof(got), BPF_F_TUNINFO_IPV6 | BPF_F_TUNINFO_FLAGS);
	out[21] = got.local_ipv6[3];
	out[22] = got.tunnel_ext;
	return 0;
}

SEC("tc")
int sizes(struct __sk_buff *skb)
{
	__u32 mtu = 0;

	out[0] = bpf_check_mtu(skb, 0, &mtu, 0, 0);
	out[1] = mtu;
	out[2] = bpf_check_mtu(skb, 9999, &mtu, 0, 0);
	mtu = 65537;
	out[3] = bpf_check_mtu(skb, 1, &mtu, 0, 0);
	mtu = 0;
	out[4] = bpf_check_mtu(skb, 1, &mtu, 70000, 0);
	out[5] = bpf_check_mtu(skb, 1, &mtu, 0, 2);
	out[6] = bpf_clone_redirect(skb, 9999, 0);
	out[7] = bpf_clone_redirect(skb, 1, 4);
	return 0;
}
