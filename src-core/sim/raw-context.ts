import { CTX, CTX_SIZE } from '../jit/abi.ts';
import type { Runtime } from '../vm/runtime.ts';
import { type ContextMade, type RunInput, refuse } from './context.ts';

const EINVAL = 22;

/**
 * A context that is plain bytes: registers of a kprobe, the record of a tracepoint. Absent bytes read as zero.
 * The kernel has no test run for these program types; the simulation runs them on what it is given.
 */
export function rawContext(rt: Runtime, input: RunInput): ContextMade {
  if (input.ctx.length > CTX_SIZE) return refuse(EINVAL, `a context has ${CTX_SIZE} bytes at most`);
  rt.memory.bytes.fill(0, CTX, CTX + CTX_SIZE);
  rt.memory.bytes.set(input.ctx, CTX);
  rt.packet = null;
  const size = input.ctx.length;
  return {
    ok: true,
    context: { address: CTX, dataOut: () => new Uint8Array(0), ctxOut: () => rt.memory.slice(CTX, size) },
  };
}
