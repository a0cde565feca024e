import { VmFault } from '../vm/fault.ts';
import type { VmMemory } from '../vm/memory.ts';
import type { PacketBuffer } from '../vm/packet.ts';

/** A context made in linear memory for one run, and what the run left behind. */
export interface RunContext {
  /** Address of the context: r1 of the program. */
  readonly address: number;
  readonly packet: PacketBuffer | null;
  /** The packet after the run, as BPF_PROG_TEST_RUN gives it back; empty for contexts without one. */
  dataOut(): Uint8Array;
  /** The context after the run in its uapi layout, pointers as offsets. */
  ctxOut(): Uint8Array;
  /** Gives the memory back. */
  dispose(): void;
}

export type ContextMade =
  | { readonly ok: true; readonly context: RunContext }
  | { readonly ok: false; readonly errno: number; readonly why: string };

/** What a run is given: packet bytes and a context in its uapi layout (both may be empty). */
export interface RunInput {
  readonly data: Uint8Array;
  readonly ctx: Uint8Array;
  /** Device that the packet is on; the loopback device unless told. */
  readonly ifindex?: number;
}

export const ETH_HLEN = 14;

/** "64 bytes are too few for ..." as the refusal of a run. */
export function refuse(errno: number, why: string): ContextMade {
  return { ok: false, errno, why };
}

/** A zeroed context of `size` bytes. */
export function allocContext(memory: VmMemory, size: number): number {
  const at = memory.alloc(size);
  if (at === null) throw new VmFault('memory', `no memory for a context of ${size} bytes`);
  return at;
}
