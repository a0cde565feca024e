import { funcIdName, HELPER_COUNT } from './func-access.ts';
import { BPF_FUNC } from './helpers.gen.ts';

/** "bpf_map_lookup_elem" for 1; null for an id that Linux 6.18 has not. */
export function helperName(id: number): string | null {
  return id >= 0 && id < HELPER_COUNT ? funcIdName(id) : null;
}

const byName = new Map<string, number>(Object.entries(BPF_FUNC).map(([name, id]) => [`bpf_${name}`, id]));

/** 1 for "bpf_map_lookup_elem" or "map_lookup_elem"; null for an unknown name. */
export function helperId(name: string): number | null {
  return byName.get(name) ?? byName.get(`bpf_${name}`) ?? null;
}

/** All helper names, for completion and for the nearest spelling. */
export const HELPER_NAMES: readonly string[] = [...byName.keys()].filter((name) => name !== 'bpf_unspec');
