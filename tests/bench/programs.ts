const RUN_HASH = `.map cells, type=hash, key=4, value=8, max_entries=128
.section "xdp"
hash_lookups:
    r6 = 0
again:
    *(u32 *)(r10 - 4) = r6
    r1 = cells ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 != 0 goto there
    *(u64 *)(r10 - 16) = 1
    r1 = cells ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    goto next
there:
    r1 = 1
    lock *(u64 *)(r0 + 0) += r1
next:
    r6 += 1
    if r6 < 64 goto again
    r0 = 2
    exit
`;

/** Programs whose run time is compared with the kernel's JIT. */
export const RUN_BENCHES: readonly {
  readonly name: string;
  readonly text: string;
  readonly packet: number;
  /** A prog array whose element 0 is the program itself. */
  readonly callsItself?: string;
}[] = [
  {
    name: 'hash 1,024 packet bytes',
    packet: 1100,
    text: `.section "xdp"
hash_bytes:
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 1024
    w0 = 1
    if r4 > r3 goto out
    r5 = 0
    r0 = 5381
again:
    r6 = r2
    r6 += r5
    r7 = *(u8 *)(r6 + 0)
    r8 = r0
    r8 <<= 5
    r0 += r8
    r0 ^= r7
    r5 += 1
    if r5 < 1024 goto again
    r0 &= 1
out:
    exit
`,
  },
  {
    name: '64 array lookups',
    packet: 64,
    text: `.map cells, type=array, key=4, value=8, max_entries=64
.section "xdp"
array_lookups:
    r6 = 0
    r7 = 0
again:
    *(u32 *)(r10 - 4) = r6
    r1 = cells ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto next
    r1 = *(u64 *)(r0 + 0)
    r7 += r1
    r1 += 1
    *(u64 *)(r0 + 0) = r1
next:
    r6 += 1
    if r6 < 64 goto again
    r0 = 2
    exit
`,
  },
  {
    name: '64 hash lookups, all present',
    packet: 64,
    text: RUN_HASH,
  },
  ...[
    ['Ethernet', 14, ''],
    ['IPv4', 34, '    r4 = *(u16 *)(r6 + 12)\n    if r4 != 8 goto out\n'],
    [
      'TCP',
      54,
      '    r4 = *(u16 *)(r6 + 12)\n    if r4 != 8 goto out\n    r4 = *(u8 *)(r6 + 23)\n    if r4 != 6 goto out\n',
    ],
    [
      'payload',
      62,
      '    r4 = *(u16 *)(r6 + 12)\n    if r4 != 8 goto out\n    r4 = *(u8 *)(r6 + 23)\n    if r4 != 6 goto out\n    r4 = *(u64 *)(r6 + 54)\n    r0 = r4\n',
    ],
  ].map(([name, bytes, body]) => ({
    name: `parse to ${name}`,
    packet: 64,
    text: `.section "xdp"
parse:
    r6 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r6
    r4 += ${bytes}
    r0 = 1
    if r4 > r3 goto out
    r5 = *(u64 *)(r6 + 0)
${body}    r0 ^= r5
    r0 &= 1
out:
    exit
`,
  })),
  {
    name: 'checksum of 1,024 bytes',
    packet: 1100,
    text: `.section "xdp"
checksum:
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 1024
    w0 = 1
    if r4 > r3 goto out
    r5 = 0
    r0 = 0
again:
    r6 = r2
    r6 += r5
    r7 = *(u16 *)(r6 + 0)
    r0 += r7
    r5 += 2
    if r5 < 1024 goto again
    r1 = r0
    r1 >>= 16
    r0 &= 65535
    r0 += r1
out:
    exit
`,
  },
  ...lookupBench('64 LRU hash lookups', 'lru_hash'),
  ...lookupBench('64 per-CPU array lookups', 'percpu_array'),
  {
    name: '64 hash updates',
    packet: 64,
    text: `.map cells, type=hash, key=4, value=8, max_entries=128
.section "xdp"
updates:
    r6 = 0
again:
    *(u32 *)(r10 - 4) = r6
    *(u64 *)(r10 - 16) = r6
    r1 = cells ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    r6 += 1
    if r6 < 64 goto again
    r0 = 2
    exit
`,
  },
  {
    name: '64 LPM lookups',
    packet: 64,
    text: `.map routes, type=lpm_trie, key=8, value=8, max_entries=128, flags=1
.section "xdp"
routes_of:
    r6 = 0
again:
    *(u32 *)(r10 - 8) = 24
    *(u32 *)(r10 - 4) = r6
    r1 = routes ll
    r2 = r10
    r2 += -8
    call bpf_map_lookup_elem
    if r0 != 0 goto next
    *(u64 *)(r10 - 16) = 1
    r1 = routes ll
    r2 = r10
    r2 += -8
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
next:
    r6 += 1
    if r6 < 64 goto again
    r0 = 2
    exit
`,
  },
  {
    name: '16 ring buffer records, discarded',
    packet: 64,
    text: `.map ring, type=ringbuf, max_entries=1048576
.section "xdp"
records:
    r6 = 0
again:
    r1 = ring ll
    r2 = 16
    r3 = 0
    call bpf_ringbuf_reserve
    if r0 == 0 goto out
    *(u64 *)(r0 + 0) = r6
    r1 = r0
    r2 = 1
    call bpf_ringbuf_discard
    r6 += 1
    if r6 < 16 goto again
out:
    r0 = 2
    exit
`,
  },
  {
    name: '33 tail calls',
    packet: 64,
    callsItself: 'progs',
    text: `.map progs, type=prog_array, key=4, value=4, max_entries=1
.section "xdp"
chain:
    r2 = progs ll
    r3 = 0
    call bpf_tail_call
    r0 = 2
    exit
`,
  },
  {
    name: '64 calls of a function',
    packet: 64,
    text: `.section "xdp"
caller:
    r6 = 0
    r7 = 0
again:
    r1 = r6
    r2 = r7
    call callee
    r7 = r0
    r6 += 1
    if r6 < 64 goto again
    r0 = r7
    r0 &= 1
    exit
.section ".text"
callee:
    r0 = r1
    r0 *= 31
    r0 ^= r2
    exit
`,
  },
  {
    name: 'loop of 4,096 rounds',
    packet: 64,
    text: `.section "xdp"
rounds:
    r0 = 1
    r1 = 0
again:
    r0 *= 1103515245
    r0 += 12345
    r1 += 1
    if r1 < 4096 goto again
    r0 &= 1
    exit
`,
  },
  {
    name: '64 comparisons of texts',
    packet: 64,
    text: `.section ".rodata"
wanted:
.ascii "sixteen letters!"
.byte 0
.section "xdp"
texts:
    *(u64 *)(r10 - 24) = 0
    *(u64 *)(r10 - 16) = 0
    *(u64 *)(r10 - 8) = 0
    r6 = 0
    r7 = 0
again:
    r1 = r10
    r1 += -24
    r2 = 17
    r3 = wanted ll
    call bpf_strncmp
    r7 += r0
    r6 += 1
    if r6 < 64 goto again
    r0 = 2
    exit
`,
  },
];

/** 64 lookups in a map of 128 elements, each counted. */
function lookupBench(name: string, type: string): { name: string; packet: number; text: string }[] {
  const hash = RUN_HASH.replaceAll('type=hash', `type=${type}`);
  return [{ name, packet: 64, text: hash }];
}

/** A program that the verifier walks for about `rounds` x 10 instructions: a bounded loop over changing scalars. */
export function longWalk(rounds: number): string {
  return `.section "xdp"
long_walk:
    r6 = 0
    r0 = 0
again:
    r1 = r6
    r1 *= 3
    r1 += 7
    r2 = r1
    r2 &= 255
    r0 = r2
    r0 |= 1
    r6 += 1
    if r6 < ${rounds} goto again
    r0 = 2
    exit
`;
}
