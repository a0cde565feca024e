import { BPF_FUNC } from './helpers.gen.ts';

const byId = new Map<number, string>(Object.entries(BPF_FUNC).map(([name, id]) => [id, `bpf_${name}`]));
const byName = new Map<string, number>([...byId].map(([id, name]) => [name, id]));

/** "bpf_map_lookup_elem" for 1 (func_id_name()); null for an id that Linux 6.18 has not. */
export function helperName(id: number): string | null {
  return byId.get(id) ?? null;
}

/** 1 for "bpf_map_lookup_elem" or "map_lookup_elem"; null for an unknown name. */
export function helperId(name: string): number | null {
  return byName.get(name) ?? byName.get(`bpf_${name}`) ?? null;
}

/** All helper names, for completion and for the nearest spelling. */
export const HELPER_NAMES: readonly string[] = [...byName.keys()];
