import { s64ToDec, u64ToDec } from '../util/int64.ts';
import * as w from '../verifier/domain/layout.ts';
import type { RegView } from '../verifier/events.ts';

/** The kernel's register types in words; the key is the name in the log (reg_type_str(), Linux 6.18). */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  ctx: 'context pointer',
  fp: 'stack pointer',
  pkt: 'packet pointer',
  pkt_meta: 'packet metadata pointer',
  pkt_end: 'end of the packet',
  map_ptr: 'map',
  map_value: 'pointer into a map value',
  map_value_or_null: 'map value or NULL',
  map_key: 'pointer to a map key',
  mem: 'memory pointer',
  mem_or_null: 'memory or NULL',
  sock: 'socket pointer',
  sock_or_null: 'socket or NULL',
  func: 'function',
};

function isFull(n: Int32Array): boolean {
  return n[w.UMIN_LO] === 0 && n[w.UMIN_HI] === 0 && n[w.UMAX_LO] === -1 && n[w.UMAX_HI] === -1;
}

/** The tighter of the unsigned and the signed range, and known low bits when the range hides them. */
function scalarInWords(n: Int32Array): string {
  const umin = u64ToDec(n[w.UMIN_LO], n[w.UMIN_HI]);
  const umax = u64ToDec(n[w.UMAX_LO], n[w.UMAX_HI]);
  const smin = s64ToDec(n[w.SMIN_LO], n[w.SMIN_HI]);
  const smax = s64ToDec(n[w.SMAX_LO], n[w.SMAX_HI]);
  if (smin === smax) return `integer ${smin}`;
  const signedFull =
    n[w.SMIN_HI] === -0x80000000 && n[w.SMIN_LO] === 0 && n[w.SMAX_HI] === 0x7fffffff && n[w.SMAX_LO] === -1;
  if (isFull(n) && signedFull)
    return n[w.MASK_LO] === -1 && n[w.MASK_HI] === -1 ? 'any integer' : 'integer with known bits';
  return n[w.SMIN_HI] < 0 ? `integer ${smin}..${smax}` : `integer ${umin}..${umax}`;
}

/** What a register is, for a person; null when it is not set. */
export function regInWords(reg: RegView | null): string | null {
  if (reg === null) return null;
  if (reg.type === 'scalar') return scalarInWords(reg.num);
  return TYPE_WORDS[reg.type] ?? reg.type.replace(/_/g, ' ');
}
