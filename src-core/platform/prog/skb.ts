import { type CtxLayout, field } from './context.ts';

/** bpf_skb_is_valid_access(): what every __sk_buff program has, before its own restrictions. */
const SK_BUFF: CtxLayout = {
  type: '__sk_buff',
  size: 192,
  fields: [
    field('len', 0, 4, 'narrow4', 'exact4'),
    field('pkt_type', 4, 4, 'narrow4', 'exact4'),
    field('mark', 8, 4, 'narrow4', 'exact4'),
    field('queue_mapping', 12, 4, 'narrow4', 'exact4'),
    field('protocol', 16, 4, 'narrow4', 'exact4'),
    field('vlan_present', 20, 4, 'narrow4', 'exact4'),
    field('vlan_tci', 24, 4, 'narrow4', 'exact4'),
    field('vlan_proto', 28, 4, 'narrow4', 'exact4'),
    field('priority', 32, 4, 'narrow4', 'exact4'),
    field('ingress_ifindex', 36, 4, 'narrow4', 'exact4'),
    field('ifindex', 40, 4, 'narrow4', 'exact4'),
    field('tc_index', 44, 4, 'narrow4', 'exact4'),
    field('cb', 48, 20, 'any', 'any'),
    field('hash', 68, 4, 'narrow4', 'exact4'),
    field('tc_classid', 72, 4, 'narrow4', 'exact4'),
    field('data', 76, 4, 'exact4', 'none', 'pkt'),
    field('data_end', 80, 4, 'exact4', 'none', 'pkt_end'),
    field('napi_id', 84, 4, 'narrow4', 'exact4'),
    field('family', 88, 4, 'narrow4', 'exact4'),
    field('remote_ip4', 92, 4, 'exact4', 'exact4'),
    field('local_ip4', 96, 4, 'exact4', 'exact4'),
    field('remote_ip6', 100, 16, 'exact4', 'exact4'),
    field('local_ip6', 116, 16, 'exact4', 'exact4'),
    field('remote_port', 132, 4, 'narrow4', 'exact4'),
    field('local_port', 136, 4, 'narrow4', 'exact4'),
    field('data_meta', 140, 4, 'exact4', 'none', 'pkt_meta'),
    field('flow_keys', 144, 8, 'none'),
    field('tstamp', 152, 8, 'exact8', 'exact8'),
    field('wire_len', 160, 4, 'narrow4', 'exact4'),
    field('gso_segs', 164, 4, 'narrow4', 'exact4'),
    field('sk', 168, 8, 'exact8', 'none', 'sock_common_or_null'),
    field('gso_size', 176, 4, 'narrow4', 'exact4'),
    field('tstamp_type', 180, 1, 'none'),
    field('hwtstamp', 184, 8, 'exact8'),
  ],
};

export const SKB_SIZE = SK_BUFF.size;

/** What only programs at sockets see. */
export const SKB_SOCK_FIELDS = [
  'family',
  'remote_ip4',
  'local_ip4',
  'remote_ip6',
  'local_ip6',
  'remote_port',
  'local_port',
];

/** __sk_buff with some fields hidden and all but some read-only. */
export function skBuff(hidden: readonly string[], writable: readonly string[]): CtxLayout {
  const fields = SK_BUFF.fields.map((f) => {
    if (hidden.includes(f.name)) return { ...f, read: 'none', write: 'none' } as const;
    return writable.includes(f.name) ? f : ({ ...f, write: 'none' } as const);
  });
  return { ...SK_BUFF, fields };
}
