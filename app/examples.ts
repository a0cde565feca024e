/** Programs to start from; the first one is what the page opens with. */
export interface Example {
  readonly id: string;
  readonly title: string;
  /** What the verifier says of it. */
  readonly verdict: 'rejected' | 'accepted';
  readonly text: string;
  /** Id of the mended version of a rejected program, or null. */
  readonly mended: string | null;
}

const XDP_BAD = `// Reads the first byte of a packet without asking whether the packet has one.
.section "xdp"
xdp_bad:
    r2 = *(u32 *)(r1 + 0)        // r2 = ctx->data
    r0 = *(u8 *)(r2 + 0)         // rejected: nothing proves that this byte exists
    if r0 == 0 goto drop
    r0 = 2                       // XDP_PASS
    exit
drop:
    r0 = 1                       // XDP_DROP
    exit
`;

const XDP_MENDED = `// Reads the first byte of a packet after comparing its end with ctx->data_end.
.section "xdp"
xdp_mended:
    r2 = *(u32 *)(r1 + 0)        // r2 = ctx->data
    r3 = *(u32 *)(r1 + 4)        // r3 = ctx->data_end
    r4 = r2
    r4 += 1                      // one byte past what we want to read
    if r4 > r3 goto drop         // too short: the other branch knows 1 byte is there
    r0 = *(u8 *)(r2 + 0)
    if r0 == 0 goto drop
    r0 = 2                       // XDP_PASS
    exit
drop:
    r0 = 1                       // XDP_DROP
    exit
`;

const COUNTER = `// Counts packets in a hash map; the first packet makes the element.
.map hits, type=hash, key=4, value=8, max_entries=16

.section "xdp"
xdp_count:
    *(u32 *)(r10 - 4) = 0        // key 0, on the stack
    r1 = hits ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto first        // NULL: no such element yet
    r1 = 1
    lock *(u64 *)(r0 + 0) += r1  // here the verifier knows that r0 is not NULL
    goto out
first:
    *(u64 *)(r10 - 16) = 1
    r1 = hits ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0                       // BPF_ANY
    call bpf_map_update_elem
out:
    r0 = 2                       // XDP_PASS
    exit
`;

const NULL_DEREF = `// Uses what a map lookup returned without checking for NULL.
.map hits, type=hash, key=4, value=8, max_entries=16

.section "xdp"
xdp_null:
    *(u32 *)(r10 - 4) = 0
    r1 = hits ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r1 = *(u64 *)(r0 + 0)        // rejected: r0 may be NULL
    r0 = 2
    exit
`;

const LOOP = `// A bounded loop: the verifier walks every round until the counter is known to end.
.section "xdp"
xdp_loop:
    r0 = 0
    r1 = 0
again:
    r0 += r1
    r1 += 1
    if r1 < 10 goto again
    exit
`;

const ENDLESS = `// A loop that never ends: the verifier sees the same state come back.
.section "xdp"
xdp_endless:
    r6 = 0
again:
    r6 ^= 1                   // 1, 0, 1, 0 ...
    if r6 != 5 goto again     // rejected: r6 was 0 here before
    r0 = 2
    exit
`;

export const EXAMPLES: readonly Example[] = [
  {
    id: 'xdp_bad',
    title: 'Packet read without a bounds check',
    verdict: 'rejected',
    text: XDP_BAD,
    mended: 'xdp_mended',
  },
  {
    id: 'xdp_mended',
    title: 'Packet read with a bounds check',
    verdict: 'accepted',
    text: XDP_MENDED,
    mended: null,
  },
  {
    id: 'xdp_null',
    title: 'Map value used without a NULL check',
    verdict: 'rejected',
    text: NULL_DEREF,
    mended: 'xdp_count',
  },
  { id: 'xdp_count', title: 'Packet counter in a map', verdict: 'accepted', text: COUNTER, mended: null },
  {
    id: 'xdp_endless',
    title: 'A loop without an end',
    verdict: 'rejected',
    text: ENDLESS,
    mended: 'xdp_loop',
  },
  { id: 'xdp_loop', title: 'A bounded loop', verdict: 'accepted', text: LOOP, mended: null },
];

export const STARTER = EXAMPLES[0];

/** The mended version of exactly this text, when it is an example that has one. */
export function mendedVersion(text: string): Example | null {
  const example = EXAMPLES.find((e) => e.text === text);
  return EXAMPLES.find((e) => e.id === example?.mended) ?? null;
}
