import { FAULTS } from '../fault.ts';
import { kfuncById } from '../kfuncs/registry.ts';
import type { Runtime } from '../runtime.ts';
import { CALLBACK_HELPERS } from './callback-helpers.ts';
import { DYNPTR_HELPERS } from './dynptr-helpers.ts';
import { EVENT_HELPERS } from './event-helpers.ts';
import type { Helper } from './helper.ts';
import { MAP_HELPERS } from './map-helpers.ts';
import { NET_HELPERS } from './net-helpers.ts';
import { PACKET_HELPERS } from './packet-helpers.ts';
import { PROBE_HELPERS } from './probe-helpers.ts';
import { REDIRECT_HELPERS } from './redirect-helpers.ts';
import { ROOM_HELPERS } from './room-helpers.ts';
import { SKB_HELPERS } from './skb-helpers.ts';
import { STORAGE_HELPERS } from './storage-helpers.ts';
import { STRING_HELPERS } from './string-helpers.ts';
import { SYNC_HELPERS } from './sync-helpers.ts';
import { TASK_HELPERS } from './task-helpers.ts';
import { TRACE_HELPERS } from './trace-helpers.ts';
import { TRACING_HELPERS } from './tracing-helpers.ts';
import { TUNNEL_HELPERS } from './tunnel-helpers.ts';

const byId = new Map<number, Helper>(
  [
    ...MAP_HELPERS,
    ...TASK_HELPERS,
    ...TRACE_HELPERS,
    ...PACKET_HELPERS,
    ...SKB_HELPERS,
    ...CALLBACK_HELPERS,
    ...EVENT_HELPERS,
    ...REDIRECT_HELPERS,
    ...STRING_HELPERS,
    ...PROBE_HELPERS,
    ...ROOM_HELPERS,
    ...TUNNEL_HELPERS,
    ...NET_HELPERS,
    ...DYNPTR_HELPERS,
    ...SYNC_HELPERS,
    ...STORAGE_HELPERS,
    ...TRACING_HELPERS,
  ].map((h) => [h.id, h]),
);

/** The simulation of a helper, or of a kernel function by our number of it; null when it is not modelled. */
export function vmHelper(id: number): Helper | null {
  return byId.get(id) ?? kfuncById(id);
}

/** Calls a helper by its number; its arguments stand in the scratch. */
export function callHelper(rt: Runtime, id: number): void {
  const helper = vmHelper(id);
  if (helper === null) throw FAULTS.helper(id);
  helper.call(rt);
}
