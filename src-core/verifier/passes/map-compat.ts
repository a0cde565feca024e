import type { Btf } from '../../btf/btf.ts';
import { BPF_MAP_TYPE, SLEEPABLE_MAP_TYPES } from '../../platform/map-types.ts';
import { BPF_PROG_TYPE, TRACING_PROG_TYPES } from '../../platform/prog-types.ts';
import type { VerifierMap } from '../api.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import { Unsupported } from '../state/unsupported.ts';

/** Kernel structures that the verifier treats apart when a map value holds them (`btf_parse_fields()`). */
const SPECIAL_STRUCTS: ReadonlySet<string> = new Set([
  'bpf_spin_lock',
  'bpf_res_spin_lock',
  'bpf_timer',
  'bpf_wq',
  'bpf_task_work',
  'bpf_list_head',
  'bpf_list_node',
  'bpf_rb_root',
  'bpf_rb_node',
  'bpf_refcount',
]);

const KPTR_TAGS: ReadonlySet<string> = new Set(['kptr', 'kptr_untrusted', 'percpu_kptr', 'uptr']);

function isKptr(btf: Btf, pointee: number): boolean {
  const t = btf.typeById(pointee);
  return t.kind === 'type_tag' && KPTR_TAGS.has(t.name);
}

/** Collects the special fields of a type; arrays and nested structures included. */
function collect(btf: Btf, id: number, found: Set<string>, depth: number): void {
  const t = btf.typeById(btf.skipModsAndTypedefs(id));
  if (depth > 8) return;
  if (t.kind === 'struct' && SPECIAL_STRUCTS.has(t.name)) found.add(t.name);
  else if (t.kind === 'struct') for (const m of t.members) collect(btf, m.type, found, depth + 1);
  else if (t.kind === 'array') collect(btf, t.type, found, depth + 1);
  else if (t.kind === 'ptr' && isKptr(btf, t.type)) found.add('kptr');
}

/** Names of the special fields in a map's value (`map->record`). */
function specialFields(map: VerifierMap): ReadonlySet<string> {
  const found = new Set<string>();
  if (map.btf === null || map.btfValueTypeId === 0) return found;
  const value = map.btf.typeById(map.btf.skipModsAndTypedefs(map.btfValueTypeId));
  if (value.kind === 'struct') {
    for (const member of value.members) collect(map.btf, member.type, found, 0);
  } else if (value.kind === 'datasec') {
    for (const part of value.vars) collect(map.btf, typeOfVar(map.btf, part.type), found, 0);
  }
  return found;
}

/** The type of a variable in a DATASEC. */
function typeOfVar(btf: Btf, id: number): number {
  const t = btf.typeById(id);
  return t.kind === 'var' ? t.type : id;
}

/** The message that forbids a special field to this program type, or null. */
function fieldMessage(fields: ReadonlySet<string>, progType: number): string | null {
  const isTracing = TRACING_PROG_TYPES.has(progType);
  const hasLock = fields.has('bpf_spin_lock') || fields.has('bpf_res_spin_lock');
  if (isTracing && (fields.has('bpf_list_head') || fields.has('bpf_rb_root'))) {
    return 'tracing progs cannot use bpf_{list_head,rb_root} yet\n';
  }
  if (hasLock && progType === BPF_PROG_TYPE.socket_filter) {
    return 'socket filter progs cannot use bpf_spin_lock yet\n';
  }
  if (hasLock && isTracing) return 'tracing progs cannot use bpf_spin_lock yet\n';
  if (isTracing && fields.has('bpf_timer')) return 'tracing progs cannot use bpf_timer yet\n';
  if (isTracing && fields.has('bpf_wq')) return 'tracing progs cannot use bpf_wq yet\n';
  return null;
}

/** check_map_prog_compatibility(): 0 or -errno. */
export function checkMapProgCompatibility(env: VerifierEnv, map: VerifierMap): number {
  const fields = specialFields(map);
  const message = fieldMessage(fields, env.progType);
  if (message !== null) {
    return reject(env, EINVAL, message);
  }
  if (map.type === BPF_MAP_TYPE.struct_ops) {
    return reject(env, EINVAL, 'bpf_struct_ops map cannot be used in prog\n');
  }
  if (env.sleepable && !SLEEPABLE_MAP_TYPES.has(map.type)) {
    return reject(
      env,
      EINVAL,
      'Sleepable programs can only use array, hash, ringbuf and local storage maps\n',
    );
  }
  if (map.type === BPF_MAP_TYPE.arena) throw new Unsupported(`arena map ${map.name}`);
  for (const field of fields) throw new Unsupported(`${field} in the value of map ${map.name}`);
  return 0;
}
