import type { Btf } from '../../btf/btf.ts';
import { MEM_PERCPU, MEM_RCU, MEM_USER } from './reg-type.ts';

const FLAG_OF_TAG: Readonly<Record<string, number>> = { user: MEM_USER, percpu: MEM_PERCPU, rcu: MEM_RCU };

/** What a pointer points to, and the flag of its type tag. */
export function pointee(btf: Btf, ptrType: number): { readonly id: number; readonly flag: number } {
  const first = btf.typeById(ptrType);
  const flag = first.kind === 'type_tag' ? (FLAG_OF_TAG[first.name] ?? 0) : 0;
  return { id: btf.skipModsAndTypedefs(ptrType), flag };
}
