/** Programs whose run time is compared with the kernel's JIT. */
export const RUN_BENCHES: readonly {
  readonly name: string;
  readonly text: string;
  readonly packet: number;
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
    text: `.map cells, type=hash, key=4, value=8, max_entries=128
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
`,
  },
];

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
