import type { Firing, HostEvent } from './events.ts';
import { firePacket } from './hooks/packet.ts';
import {
  fireFunction,
  fireLsm,
  fireRawTracepoint,
  fireSample,
  fireSyscall,
  fireTracepoint,
} from './hooks/tracing.ts';
import type { Host } from './host.ts';

/** Lets an event happen on a host: what programs did, in order. */
export function fire(host: Host, event: HostEvent): Firing[] {
  switch (event.kind) {
    case 'packet':
      return firePacket(host, event);
    case 'syscall':
      return fireSyscall(host, event);
    case 'tracepoint':
      return fireTracepoint(host, event);
    case 'rawTracepoint':
      return fireRawTracepoint(host, event);
    case 'function':
      return fireFunction(host, event);
    case 'sample':
      return fireSample(host, event);
    case 'lsm':
      return fireLsm(host, event);
    case 'time':
      host.clock.advance(host.clock.time + event.ns);
      return [];
  }
}
