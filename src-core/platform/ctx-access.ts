import { BPF_ATTACH_TYPE, BPF_PROG_TYPE, type ProgKind } from './prog-types.ts';

/**
 * What a program may do with each part of its context (the is_valid_access functions of net/core/filter.c
 * and kernel/trace/bpf_trace.c, Linux 6.18).
 *
 * A rule says which sizes are allowed at an aligned offset inside the field:
 *   none     no access
 *   exact4   4 bytes              exact8   8 bytes              exact1   1 byte
 *   narrow4  1, 2 or 4 bytes, converted as part of a 4-byte field (`ctx_field_size` 4)
 *   narrow8  1, 2, 4 or 8 bytes, likewise of an 8-byte field
 *   any      any size, as long as it ends inside the field
 */
export type CtxRule = 'none' | 'exact1' | 'exact4' | 'exact8' | 'narrow4' | 'narrow8' | 'any';

/** What a loaded field is. */
export type CtxValue = 'scalar' | 'pkt' | 'pkt_meta' | 'pkt_end' | 'sock_common_or_null';

export interface CtxField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly read: CtxRule;
  readonly write: CtxRule;
  readonly value: CtxValue;
}

export interface CtxLayout {
  /** C type of the context. */
  readonly type: string;
  readonly size: number;
  readonly fields: readonly CtxField[];
}

function field(
  name: string,
  offset: number,
  size: number,
  read: CtxRule,
  write: CtxRule = 'none',
  value: CtxValue = 'scalar',
): CtxField {
  return { name, offset, size, read, write, value };
}

const XDP_MD: CtxLayout = {
  type: 'xdp_md',
  size: 24,
  fields: [
    field('data', 0, 4, 'exact4', 'none', 'pkt'),
    field('data_end', 4, 4, 'exact4', 'none', 'pkt_end'),
    field('data_meta', 8, 4, 'exact4', 'none', 'pkt_meta'),
    field('ingress_ifindex', 12, 4, 'exact4'),
    field('rx_queue_index', 16, 4, 'exact4'),
    field('egress_ifindex', 20, 4, 'exact4'),
  ],
};

/** egress_ifindex exists only for programs that run in a devmap entry. */
const XDP_MD_NO_EGRESS: CtxLayout = { ...XDP_MD, fields: XDP_MD.fields.slice(0, -1) };

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

const SOCK_FIELDS = [
  'family',
  'remote_ip4',
  'local_ip4',
  'remote_ip6',
  'local_ip6',
  'remote_port',
  'local_port',
];

/** __sk_buff with some fields hidden and all but some read-only. */
function skBuff(hidden: readonly string[], writable: readonly string[]): CtxLayout {
  const fields = SK_BUFF.fields.map((f) => {
    if (hidden.includes(f.name)) return { ...f, read: 'none', write: 'none' } as const;
    return writable.includes(f.name) ? f : ({ ...f, write: 'none' } as const);
  });
  return { ...SK_BUFF, fields };
}

const SK_BUFF_SOCKET_FILTER = skBuff(
  ['tc_classid', 'data', 'data_meta', 'data_end', ...SOCK_FIELDS, 'tstamp', 'wire_len', 'hwtstamp'],
  ['cb'],
);

const SK_BUFF_TC_BASE = skBuff(SOCK_FIELDS, [
  'mark',
  'tc_index',
  'priority',
  'tc_classid',
  'cb',
  'tstamp',
  'queue_mapping',
]);
/** tc alone sees tstamp_type. */
const SK_BUFF_TC: CtxLayout = {
  ...SK_BUFF_TC_BASE,
  fields: SK_BUFF_TC_BASE.fields.map((f) => (f.name === 'tstamp_type' ? { ...f, read: 'exact1' } : f)),
};

const SK_BUFF_CGROUP = skBuff(['tc_classid', 'data_meta', 'wire_len'], ['mark', 'priority', 'cb', 'tstamp']);

const PT_REGS_SIZE = 168;
/** PERF_MAX_TRACE_SIZE */
const TRACEPOINT_RECORD_SIZE = 8192;
/** MAX_BPF_FUNC_ARGS * 8 */
const RAW_TRACEPOINT_ARGS_SIZE = 96;

/** Read-only on the reference kernel, though its source could let kprobes write (`kprobe_write_ctx`). */
const PT_REGS: CtxLayout = {
  type: 'bpf_user_pt_regs_t',
  size: PT_REGS_SIZE,
  fields: [field('regs', 0, PT_REGS_SIZE, 'any')],
};

/** The first 8 bytes, the common header's start, are out of reach. */
const TRACEPOINT: CtxLayout = {
  type: 'tracepoint record',
  size: TRACEPOINT_RECORD_SIZE,
  fields: [field('record', 8, TRACEPOINT_RECORD_SIZE - 8, 'any')],
};

const PERF_EVENT_DATA: CtxLayout = {
  type: 'bpf_perf_event_data',
  size: PT_REGS_SIZE + 16,
  fields: [
    field('regs', 0, PT_REGS_SIZE, 'exact8'),
    field('sample_period', PT_REGS_SIZE, 8, 'narrow8'),
    field('addr', PT_REGS_SIZE + 8, 8, 'narrow8'),
  ],
};

const RAW_TRACEPOINT_ARGS: CtxLayout = {
  type: 'bpf_raw_tracepoint_args',
  size: RAW_TRACEPOINT_ARGS_SIZE,
  fields: [field('args', 0, RAW_TRACEPOINT_ARGS_SIZE, 'any')],
};

const LAYOUTS: ReadonlyMap<number, CtxLayout> = new Map([
  [BPF_PROG_TYPE.socket_filter, SK_BUFF_SOCKET_FILTER],
  [BPF_PROG_TYPE.kprobe, PT_REGS],
  [BPF_PROG_TYPE.sched_cls, SK_BUFF_TC],
  [BPF_PROG_TYPE.sched_act, SK_BUFF_TC],
  [BPF_PROG_TYPE.tracepoint, TRACEPOINT],
  [BPF_PROG_TYPE.perf_event, PERF_EVENT_DATA],
  [BPF_PROG_TYPE.cgroup_skb, SK_BUFF_CGROUP],
  [BPF_PROG_TYPE.raw_tracepoint, RAW_TRACEPOINT_ARGS],
]);

/** The context of a program, or null when its type is not modelled. */
export function ctxLayout(prog: ProgKind): CtxLayout | null {
  if (prog.type === BPF_PROG_TYPE.xdp) {
    return prog.attachType === BPF_ATTACH_TYPE.xdp_devmap ? XDP_MD : XDP_MD_NO_EGRESS;
  }
  return LAYOUTS.get(prog.type) ?? null;
}

/** Bytes of the field that a narrow access is converted within (`ctx_field_size`), else 0. */
export function ctxFieldSize(rule: CtxRule): 0 | 4 | 8 {
  return rule === 'narrow4' ? 4 : rule === 'narrow8' ? 8 : 0;
}

function ruleAllows(rule: CtxRule, f: CtxField, off: number, size: number): boolean {
  switch (rule) {
    case 'none':
      return false;
    case 'exact1':
      return size === 1;
    case 'exact4':
      return size === 4;
    case 'exact8':
      return size === 8;
    case 'narrow4':
      return size <= 4;
    case 'narrow8':
      return size <= 8;
    case 'any':
      return off + size <= f.offset + f.size;
  }
}

/**
 * is_valid_access(): the field that an access of `size` (1, 2, 4, 8) bytes at `off` touches, or null when it
 * is refused. A sign-extending load (`ldsx`) of a packet pointer is refused.
 */
export function ctxAccess(
  layout: CtxLayout,
  off: number,
  size: number,
  write: boolean,
  ldsx: boolean,
): CtxField | null {
  if (off < 0 || off % size !== 0) return null;
  const f = layout.fields.find((x) => off >= x.offset && off < x.offset + x.size);
  if (f === undefined || !ruleAllows(write ? f.write : f.read, f, off, size)) return null;
  const isPointer = f.value === 'pkt' || f.value === 'pkt_meta' || f.value === 'pkt_end';
  return ldsx && isPointer ? null : f;
}
