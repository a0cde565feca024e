const XDP_ACTIONS = ['XDP_ABORTED', 'XDP_DROP', 'XDP_PASS', 'XDP_TX', 'XDP_REDIRECT'];
const TC_ACTIONS: Readonly<Record<number, string>> = {
  0: 'TC_ACT_OK',
  1: 'TC_ACT_RECLASSIFY',
  2: 'TC_ACT_SHOT',
  3: 'TC_ACT_PIPE',
  4: 'TC_ACT_STOLEN',
  5: 'TC_ACT_QUEUED',
  6: 'TC_ACT_REPEAT',
  7: 'TC_ACT_REDIRECT',
  4294967295: 'TC_ACT_UNSPEC',
};

/** Name of a return value for the program's type, or null. */
export function returnName(progType: string, value: number): string | null {
  if (progType === 'xdp') return XDP_ACTIONS[value] ?? 'unknown action, treated as XDP_ABORTED';
  if (progType === 'sched_cls' || progType === 'sched_act') return TC_ACTIONS[value] ?? null;
  if (progType === 'socket_filter') return value === 0 ? 'packet dropped' : `${value} bytes kept at most`;
  return null;
}
