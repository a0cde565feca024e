import type { Runtime } from '../vm/runtime.ts';
import { allocContext, type ContextMade, type RunInput, refuse } from './context.ts';

const EINVAL = 22;
/** Ours: no hook's context is larger. */
const CTX_SIZE = 4096;

/**
 * A context that is plain bytes: registers of a kprobe, the record of a tracepoint. Absent bytes read as zero.
 * The kernel has no test run for these program types; the simulation runs them on what it is given.
 */
export function rawContext(rt: Runtime, input: RunInput): ContextMade {
  if (input.ctx.length > CTX_SIZE) return refuse(EINVAL, `a context has ${CTX_SIZE} bytes at most`);
  const address = allocContext(rt.memory, CTX_SIZE);
  rt.memory.bytes.set(input.ctx, address);
  const size = input.ctx.length;
  return {
    ok: true,
    context: {
      address,
      packet: null,
      dataOut: () => new Uint8Array(0),
      ctxOut: () => rt.memory.slice(address, size),
      dispose: () => rt.memory.release(address, CTX_SIZE),
    },
  };
}
