import type { Runtime } from '../vm/runtime.ts';
import type { ContextMade, RunInput } from './context.ts';
import { rawContext } from './raw-context.ts';
import { skbContext } from './skb-context.ts';
import { xdpContext } from './xdp-context.ts';

/** `enum bpf_prog_type` of the hooks that have a context to run on. */
const TYPE = {
  socketFilter: 1,
  kprobe: 2,
  schedCls: 3,
  schedAct: 4,
  tracepoint: 5,
  xdp: 6,
  perfEvent: 7,
  cgroupSkb: 8,
  rawTracepoint: 17,
} as const;

/** Makes the context that a program of this type runs on; null for a type whose hook is not simulated. */
export function contextOf(progType: number, rt: Runtime, input: RunInput): ContextMade | null {
  switch (progType) {
    case TYPE.xdp:
      return xdpContext(rt, input);
    case TYPE.schedCls:
    case TYPE.schedAct:
      return skbContext(rt, input, { linkLayer: true });
    case TYPE.socketFilter:
    case TYPE.cgroupSkb:
      return skbContext(rt, input, { linkLayer: false });
    case TYPE.kprobe:
    case TYPE.tracepoint:
    case TYPE.perfEvent:
    case TYPE.rawTracepoint:
      return rawContext(rt, input);
    default:
      return null;
  }
}

/** True when the program type's event is a packet. */
export function takesPacket(progType: number): boolean {
  return [TYPE.xdp, TYPE.schedCls, TYPE.schedAct, TYPE.socketFilter, TYPE.cgroupSkb].some(
    (t) => t === progType,
  );
}
