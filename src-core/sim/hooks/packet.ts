import type { ContextMade } from '../context.ts';
import type { Firing, HookPoint, HostEvent } from '../events.ts';
import { fromHex } from '../hex.ts';
import type { Host, Stop } from '../host.ts';
import { skbContext } from '../skb-context.ts';
import { xdpContext } from '../xdp-context.ts';

type PacketEvent = Extract<HostEvent, { kind: 'packet' }>;

const XDP_ACTIONS = ['XDP_ABORTED', 'XDP_DROP', 'XDP_PASS', 'XDP_TX', 'XDP_REDIRECT'];
const XDP_PASS = 2;
/** TCX_NEXT lets the next program decide; the other words are tc's. */
const TCX_NEXT = 0xffffffff;
const TCX_PASS = 0;
const TC_ACTIONS = [
  'TC_ACT_OK',
  'TC_ACT_RECLASSIFY',
  'TC_ACT_SHOT',
  'TC_ACT_PIPE',
  'TC_ACT_STOLEN',
  'TC_ACT_QUEUED',
  'TC_ACT_REPEAT',
  'TC_ACT_REDIRECT',
];
const TCX_DECISIONS: ReadonlySet<number> = new Set([TCX_PASS, 2, 7]);

/** A packet on its way: null once somebody kept it from going on. */
interface Way {
  readonly firings: Firing[];
  data: Uint8Array | null;
}

const xdpVerdict = (retval: number): string => XDP_ACTIONS[retval] ?? 'XDP_ABORTED';
/** tcx_action_code(): what is no decision lets the packet pass on. */
const tcVerdict = (retval: number): string =>
  retval === TCX_NEXT ? 'TCX_NEXT' : (TC_ACTIONS[retval] ?? 'TCX_NEXT');

/** Programs of one stop, one after the other, until one decides. */
function pass(
  host: Host,
  way: Way,
  stop: Omit<Stop, 'context'> & { context(data: Uint8Array): ContextMade },
  decide: (retval: number) => 'next' | 'pass' | 'drop',
): void {
  for (const attached of host.at(stop.point)) {
    const { data } = way;
    if (data === null) return;
    const result = host.run(attached, { ...stop, context: () => stop.context(data) });
    way.firings.push(result.firing);
    if (result.retval === null) continue;
    way.data = result.data ?? data;
    const decision = decide(result.retval);
    if (decision === 'drop') way.data = null;
    if (decision !== 'next') return;
  }
}

const NO_CONTEXT = new Uint8Array(0);

/** netif_receive_generic_xdp(), or the driver's own call. */
function passXdp(host: Host, way: Way, ifindex: number): void {
  const point: HookPoint = { hook: 'xdp', ifindex };
  const context = (data: Uint8Array): ContextMade => xdpContext(host.rt, { data, ctx: NO_CONTEXT, ifindex });
  pass(host, way, { point, context, verdict: xdpVerdict }, (r) => (r === XDP_PASS ? 'pass' : 'drop'));
}

/** tcx_run(): programs in their order, until one says more than "next". */
function passTcx(host: Host, way: Way, ifindex: number, hook: 'tcx_ingress' | 'tcx_egress'): void {
  const context = (data: Uint8Array): ContextMade =>
    skbContext(host.rt, { data, ctx: NO_CONTEXT, ifindex }, { linkLayer: true });
  pass(host, way, { point: { hook, ifindex }, context, verdict: tcVerdict }, (r) => {
    if (!TCX_DECISIONS.has(r)) return 'next';
    return r === TCX_PASS ? 'pass' : 'drop';
  });
}

/** __cgroup_bpf_run_filter_skb(): every program runs, and one that answers 0 drops. */
function passCgroup(host: Host, way: Way, ifindex: number, hook: 'cgroup_ingress' | 'cgroup_egress'): void {
  const stop = {
    point: { hook } as const,
    context: (data: Uint8Array): ContextMade =>
      skbContext(host.rt, { data, ctx: NO_CONTEXT, ifindex }, { linkLayer: false }),
    verdict: (retval: number): string => ((retval & 1) === 1 ? 'allowed' : 'dropped'),
  };
  let allowed = true;
  pass(host, way, stop, (r) => {
    allowed &&= (r & 1) === 1;
    return 'next';
  });
  if (!allowed) way.data = null;
}

/** sk_filter(): how many bytes the socket gets. */
function passSocketFilter(host: Host, way: Way, ifindex: number): void {
  const stop = {
    point: { hook: 'socket_filter' } as const,
    context: (data: Uint8Array): ContextMade =>
      skbContext(host.rt, { data, ctx: NO_CONTEXT, ifindex }, { linkLayer: false }),
    verdict: (retval: number): string => (retval === 0 ? 'dropped' : `kept ${retval} bytes`),
  };
  pass(host, way, stop, (r) => (r === 0 ? 'drop' : 'next'));
}

/** A frame comes in: XDP, tcx, then the cgroup's and the socket's filters; or leaves: the cgroup's, then tcx. */
export function firePacket(host: Host, { ifindex, direction, data }: PacketEvent): Firing[] {
  const way: Way = { firings: [], data: fromHex(data) };
  if (direction === 'ingress') {
    passXdp(host, way, ifindex);
    passTcx(host, way, ifindex, 'tcx_ingress');
    passCgroup(host, way, ifindex, 'cgroup_ingress');
    passSocketFilter(host, way, ifindex);
  } else {
    passCgroup(host, way, ifindex, 'cgroup_egress');
    passTcx(host, way, ifindex, 'tcx_egress');
  }
  return way.firings;
}
