import type { Btf } from '../btf/btf.ts';
import type { BtfComposite, BtfDatasec, BtfType } from '../btf/types.ts';
import { BPF_MAP_TYPE } from './map-types.ts';

/**
 * Fields of map values and of program-allocated objects that the kernel manages itself (`struct btf_record`; made
 * by btf_parse_fields(), Linux 6.18). One record serves map creation, the verifier and the simulated kernel.
 */

/** `enum btf_field_type`: bits, so that they form masks. */
export const BPF_SPIN_LOCK = 1 << 0;
export const BPF_TIMER = 1 << 1;
export const BPF_KPTR_UNREF = 1 << 2;
export const BPF_KPTR_REF = 1 << 3;
export const BPF_KPTR_PERCPU = 1 << 4;
export const BPF_KPTR = BPF_KPTR_UNREF | BPF_KPTR_REF | BPF_KPTR_PERCPU;
export const BPF_LIST_HEAD = 1 << 5;
export const BPF_LIST_NODE = 1 << 6;
export const BPF_RB_ROOT = 1 << 7;
export const BPF_RB_NODE = 1 << 8;
export const BPF_GRAPH_NODE = BPF_RB_NODE | BPF_LIST_NODE;
export const BPF_GRAPH_ROOT = BPF_RB_ROOT | BPF_LIST_HEAD;
export const BPF_REFCOUNT = 1 << 9;
export const BPF_WORKQUEUE = 1 << 10;
export const BPF_UPTR = 1 << 11;
export const BPF_RES_SPIN_LOCK = 1 << 12;
export const BPF_TASK_WORK = 1 << 13;

const ENOENT = 2;
const E2BIG = 7;
const EACCES = 13;
const EFAULT = 14;
const EEXIST = 17;
const EINVAL = 22;
const ELOOP = 40;
const EOPNOTSUPP = 95;

const BTF_FIELDS_MAX = 11;
const MAX_RESOLVE_DEPTH = 32;
const PAGE_SIZE = 4096;

/** One managed field (`struct btf_field`). Offsets and sizes in bytes. */
export interface BtfField {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** What a kernel pointer points to; null for other fields. The BTF is vmlinux's, or the program's own. */
  readonly kptr: { readonly btf: Btf; readonly btfId: number } | null;
  /** What a list or tree holds, all in the program's BTF; null for other fields. */
  readonly root: GraphRoot | null;
}

/** `struct btf_field_graph_root` */
export interface GraphRoot {
  readonly btf: Btf;
  readonly valueBtfId: number;
  /** Offset of the bpf_list_node or bpf_rb_node in the value. */
  readonly nodeOffset: number;
}

/** `struct btf_record`: fields by rising offset. */
export interface BtfRecord {
  readonly fields: readonly BtfField[];
  /** All types of `fields`. */
  readonly fieldMask: number;
}

export const hasField = (rec: BtfRecord | null, type: number): boolean =>
  rec !== null && (rec.fieldMask & type) !== 0;

/** btf_record_find(): the field at `offset`, if it is of one of the types `mask`. */
export function findField(rec: BtfRecord | null, offset: number, mask: number): BtfField | null {
  const field = rec?.fields.find((f) => f.offset === offset);
  return field !== undefined && (field.type & mask) !== 0 ? field : null;
}

/** Offset of the only field of a type (`spin_lock_off` and the like), or null. */
export function fieldOffset(rec: BtfRecord | null, type: number): number | null {
  return rec?.fields.find((f) => f.type === type)?.offset ?? null;
}

interface FieldType {
  readonly type: number;
  readonly name: string;
  readonly size: number;
  readonly align: number;
  /** One at most in a record. */
  readonly unique: boolean;
}

const FIELD_TYPES: readonly FieldType[] = [
  { type: BPF_SPIN_LOCK, name: 'bpf_spin_lock', size: 4, align: 4, unique: true },
  { type: BPF_RES_SPIN_LOCK, name: 'bpf_res_spin_lock', size: 4, align: 4, unique: true },
  { type: BPF_TIMER, name: 'bpf_timer', size: 16, align: 8, unique: true },
  { type: BPF_WORKQUEUE, name: 'bpf_wq', size: 16, align: 8, unique: true },
  { type: BPF_TASK_WORK, name: 'bpf_task_work', size: 8, align: 8, unique: true },
  { type: BPF_LIST_HEAD, name: 'bpf_list_head', size: 16, align: 8, unique: false },
  { type: BPF_LIST_NODE, name: 'bpf_list_node', size: 24, align: 8, unique: false },
  { type: BPF_RB_ROOT, name: 'bpf_rb_root', size: 16, align: 8, unique: false },
  { type: BPF_RB_NODE, name: 'bpf_rb_node', size: 32, align: 8, unique: false },
  { type: BPF_REFCOUNT, name: 'bpf_refcount', size: 4, align: 4, unique: true },
];
/** btf_field_type_name() */
export function fieldTypeName(type: number): string {
  if ((type & BPF_KPTR_PERCPU) !== 0) return 'percpu_kptr';
  if ((type & BPF_KPTR) !== 0) return 'kptr';
  if ((type & BPF_UPTR) !== 0) return 'uptr';
  return FIELD_TYPES.find((f) => f.type === type)?.name ?? 'unknown';
}

const KPTR_TYPE = { name: '', size: 8, align: 8, unique: false };
const KPTR_TAGS: Readonly<Record<string, number>> = {
  kptr_untrusted: BPF_KPTR_UNREF,
  kptr: BPF_KPTR_REF,
  percpu_kptr: BPF_KPTR_PERCPU,
  uptr: BPF_UPTR,
};
const REPEATABLE = BPF_KPTR | BPF_UPTR | BPF_LIST_HEAD | BPF_RB_ROOT;

/** vmlinux structures whose referenced pointers may be stored, since they have a destructor kfunc. */
const DTOR_TYPES: Readonly<Record<string, string>> = {
  task_struct: 'bpf_task_release_dtor',
  cgroup: 'bpf_cgroup_release_dtor',
  bpf_cpumask: 'bpf_cpumask_release_dtor',
  bpf_crypto_ctx: 'bpf_crypto_ctx_release_dtor',
  sk_buff: 'bpf_kfree_skb_dtor',
  prog_test_ref_kfunc: 'bpf_kfunc_call_test_release_dtor',
  prog_test_member: 'bpf_kfunc_call_memb_release_dtor',
};

/** The kernel's BTF, asked for only where a pointer leads to it; null when it is not at hand. */
export type KernelBtf = () => Btf | null;

/** `struct btf_field_info` */
interface Found {
  readonly type: number;
  readonly off: number;
  readonly size: number;
  readonly typeId: number;
  readonly nodeName: string;
}

/** Carries an errno out of the search; never leaves this file. */
class FieldError extends Error {
  constructor(readonly errno: number) {
    super(`errno ${errno}`);
  }
}
const fail = (errno: number): never => {
  throw new FieldError(errno);
};

const isStruct = (t: BtfType): boolean => t.kind === 'struct';

/** The value of the only declaration tag with the prefix, or null (btf_find_decl_tag_value()). */
function declTagValue(btf: Btf, target: number, componentIdx: number, prefix: string): string | null {
  let value: string | null = null;
  for (let id = 1; id < btf.nrTypes; id++) {
    if (btf.kindOf(id) !== 'decl_tag') continue;
    const tag = btf.typeById(id);
    if (tag.kind !== 'decl_tag' || tag.type !== target || tag.componentIdx !== componentIdx) continue;
    if (!tag.name.startsWith(prefix)) continue;
    if (value !== null) return null;
    value = tag.name.slice(prefix.length);
  }
  return value;
}

/** btf_find_field(): walks a structure or a DATASEC. */
class FieldSearch {
  readonly found: Found[] = [];
  private seen = 0;

  constructor(
    private readonly btf: Btf,
    private readonly mask: number,
  ) {}

  run(t: BtfType): void {
    if (t.kind === 'struct') this.structure(t, 0, 0);
    else if (t.kind === 'datasec') this.datasec(t);
    else fail(EINVAL);
  }

  private structure(t: BtfComposite, base: number, level: number): void {
    t.members.forEach((m, i) => {
      if (m.bitOffset % 8 !== 0) fail(EINVAL);
      this.one({ owner: t.id, component: i, off: base + m.bitOffset / 8, size: 0, level }, m.type);
    });
  }

  private datasec(t: BtfDatasec): void {
    for (const v of t.vars) {
      const variable = this.btf.typeById(v.type);
      if (variable.kind !== 'var') continue;
      this.one({ owner: v.type, component: -1, off: v.offset, size: v.size, level: 0 }, variable.type);
    }
  }

  /** btf_get_field_type() */
  private fieldType(t: BtfType): FieldType | null {
    const known = FIELD_TYPES.find((f) => (this.mask & f.type) !== 0 && f.name === t.name);
    if (known !== undefined) {
      if (known.unique && (this.seen & known.type) !== 0) fail(E2BIG);
      if (known.unique) this.seen |= known.type;
      return known;
    }
    if ((this.mask & (BPF_KPTR | BPF_UPTR)) === 0 || isStruct(t)) return null;
    return { ...KPTR_TYPE, type: BPF_KPTR_REF };
  }

  /** btf_find_field_one() */
  private one(at: Place, typeId: number): void {
    let t = this.btf.typeById(typeId);
    let nelems = 1;
    for (let depth = 0; t.kind === 'array'; depth++) {
      if (depth === MAX_RESOLVE_DEPTH) fail(E2BIG);
      nelems *= t.nelems;
      t = this.btf.typeById(t.type);
    }
    if (nelems === 0) return;
    const field = this.fieldType(t);
    const start = this.found.length;
    let elemSize: number;
    if (field === null) {
      if (t.kind !== 'struct' || (at.size !== 0 && at.size !== t.size * nelems)) return;
      if (at.level + 1 >= MAX_RESOLVE_DEPTH) fail(E2BIG);
      this.structure(t, at.off, at.level + 1);
      elemSize = t.size;
    } else {
      if (at.size !== 0 && at.size !== field.size * nelems) return;
      if (at.off % field.align !== 0) return;
      this.take(field, t, at);
      elemSize = field.size;
    }
    if (this.found.length > start && nelems > 1) this.repeat(start, nelems - 1, elemSize);
  }

  /** One field of a known type; nothing when it turns out to be none. */
  private take(field: FieldType, t: BtfType, at: Place): void {
    const { off } = at;
    if (field.name === '') this.kptr(t, off);
    else if (t.kind !== 'struct' || t.size !== field.size) return;
    else if ((field.type & BPF_GRAPH_ROOT) !== 0) this.graphRoot(field, at);
    else this.add({ type: field.type, off, size: field.size, typeId: 0, nodeName: '' });
  }

  private add(found: Found): void {
    if (this.found.length >= BTF_FIELDS_MAX) fail(E2BIG);
    this.found.push(found);
  }

  /** btf_find_kptr() */
  private kptr(type: BtfType, off: number): void {
    const kptr = kptrOf(this.btf, type);
    if (kptr === null || (kptr.type & this.mask) === 0) return;
    if (!isStruct(this.btf.typeById(kptr.typeId))) fail(EINVAL);
    this.add({ type: kptr.type, off, size: KPTR_TYPE.size, typeId: kptr.typeId, nodeName: '' });
  }

  /** btf_find_graph_root(): `contains:VALUE:NODE`. */
  private graphRoot(field: FieldType, at: Place): void {
    const value = declTagValue(this.btf, at.owner, at.component, 'contains:') ?? fail(EINVAL);
    const colon = value.indexOf(':');
    if (colon < 0) fail(EINVAL);
    const typeId = this.btf.findByName(value.slice(0, colon), 'struct') ?? fail(ENOENT);
    const nodeName = value.slice(colon + 1);
    if (nodeName === '') fail(EINVAL);
    this.add({ type: field.type, off: at.off, size: field.size, typeId, nodeName });
  }

  /** btf_repeat_fields(): the other elements of an array. */
  private repeat(start: number, times: number, elemSize: number): void {
    const fields = this.found.slice(start);
    if (fields.some((f) => (f.type & REPEATABLE) === 0)) fail(EINVAL);
    if (start + fields.length * (times + 1) > BTF_FIELDS_MAX) fail(E2BIG);
    for (let i = 1; i <= times; i++) {
      for (const f of fields) this.found.push({ ...f, off: f.off + i * elemSize });
    }
  }
}

interface Place {
  /** Type id that declaration tags name, and which of its members. */
  readonly owner: number;
  readonly component: number;
  readonly off: number;
  /** Bytes that a DATASEC gives the variable, 0 for members. */
  readonly size: number;
  readonly level: number;
}

/** The tagged pointer that a type is, or null. */
function kptrOf(btf: Btf, type: BtfType): { type: number; typeId: number } | null {
  const t = type.kind === 'volatile' ? btf.typeById(type.type) : type;
  if (t.kind !== 'ptr') return null;
  const tag = btf.typeById(t.type);
  if (tag.kind !== 'type_tag' || tag.kindFlag) return null;
  if (btf.kindOf(tag.type) === 'type_tag') fail(EINVAL);
  const field = KPTR_TAGS[tag.name] ?? fail(EINVAL);
  return { type: field, typeId: btf.skipMods(tag.type) };
}

/** btf_parse_kptr(): the pointee in the kernel's BTF, else in the program's own. */
function resolveKptr(btf: Btf, kernel: KernelBtf, found: Found): { btf: Btf; btfId: number } {
  const t = btf.typeById(found.typeId);
  const vmlinux = kernel();
  const id = vmlinux?.findByName(t.name, t.kind) ?? null;
  if (id === null || vmlinux === null) return { btf, btfId: found.typeId };
  if (found.type === BPF_KPTR_REF) {
    const dtor = DTOR_TYPES[t.name];
    if (dtor === undefined || vmlinux.findByName(dtor, 'func') === null) fail(ENOENT);
  }
  return { btf: vmlinux, btfId: id };
}

/** btf_parse_graph_root(): where the node lies in the value. */
function resolveRoot(btf: Btf, found: Found): GraphRoot {
  const value = btf.typeById(found.typeId);
  const wanted = found.type === BPF_LIST_HEAD ? 'bpf_list_node' : 'bpf_rb_node';
  let nodeOffset: number | null = null;
  for (const m of value.kind === 'struct' ? value.members : []) {
    if (m.name !== found.nodeName) continue;
    if (nodeOffset !== null) fail(EINVAL);
    const node = btf.typeById(m.type);
    if (node.kind !== 'struct' || node.name !== wanted || m.bitOffset % 8 !== 0) fail(EINVAL);
    nodeOffset = m.bitOffset / 8;
    if (nodeOffset % 8 !== 0) fail(EINVAL);
  }
  return { btf, valueBtfId: found.typeId, nodeOffset: nodeOffset ?? fail(ENOENT) };
}

/** What the fields of a record demand of each other. */
function checkTogether(mask: number): void {
  const locks = mask & (BPF_SPIN_LOCK | BPF_RES_SPIN_LOCK);
  if (locks === (BPF_SPIN_LOCK | BPF_RES_SPIN_LOCK)) fail(EINVAL);
  if ((mask & BPF_GRAPH_ROOT) !== 0 && locks === 0) fail(EINVAL);
  if ((mask & BPF_GRAPH_NODE) === BPF_GRAPH_NODE && (mask & BPF_REFCOUNT) === 0) fail(EINVAL);
}

interface Parse {
  readonly btf: Btf;
  readonly vmlinux: KernelBtf;
  readonly mask: number;
  readonly valueSize: number;
}

function parse(p: Parse, type: BtfType): BtfRecord | null {
  const search = new FieldSearch(p.btf, p.mask);
  search.run(type);
  if (search.found.length === 0) return null;
  let next = 0;
  const fields = search.found.map((f): BtfField => {
    if (f.off + f.size > p.valueSize) fail(EFAULT);
    if (f.off < next) fail(EEXIST);
    next = f.off + f.size;
    const isKptr = (f.type & (BPF_KPTR | BPF_UPTR)) !== 0;
    return {
      type: f.type,
      offset: f.off,
      size: f.size,
      kptr: isKptr ? resolveKptr(p.btf, p.vmlinux, f) : null,
      root: (f.type & BPF_GRAPH_ROOT) !== 0 ? resolveRoot(p.btf, f) : null,
    };
  });
  const fieldMask = fields.reduce((mask, f) => mask | f.type, 0);
  checkTogether(fieldMask);
  return { fields: fields.sort((a, b) => a.offset - b.offset), fieldMask };
}

/** A record (null: no fields), or a negative errno. */
export type ParsedRecord = BtfRecord | null | number;

function orErrno<T>(body: () => T): T | number {
  try {
    return body();
  } catch (error) {
    if (error instanceof FieldError) return -error.errno;
    throw error;
  }
}

/** btf_parse_fields() of type `id`: only fields of the types in `mask` count. */
export function parseFields(p: Parse, id: number): ParsedRecord {
  return orErrno(() => parse(p, p.btf.typeById(id)));
}

const ALLOC_FIELDS =
  BPF_SPIN_LOCK |
  BPF_RES_SPIN_LOCK |
  BPF_LIST_HEAD |
  BPF_LIST_NODE |
  BPF_RB_ROOT |
  BPF_RB_NODE |
  BPF_REFCOUNT |
  BPF_KPTR;
const ALLOC_STRUCTS = [
  'bpf_spin_lock',
  'bpf_list_head',
  'bpf_list_node',
  'bpf_rb_root',
  'bpf_rb_node',
  'bpf_refcount',
] as const;

/** Records of a BTF's structures that bpf_obj_new() may allocate, by type id. */
export type StructMetas = ReadonlyMap<number, BtfRecord>;

const metasOf = new WeakMap<Btf, StructMetas | number>();

/** Structures with managed fields of a program's BTF (btf_parse_struct_metas()); or the errno of BPF_BTF_LOAD. */
export function structMetas(btf: Btf, vmlinux: KernelBtf): StructMetas | number {
  let metas = metasOf.get(btf);
  if (metas === undefined) {
    metas = orErrno(() => parseStructMetas(btf, vmlinux));
    metasOf.set(btf, metas);
  }
  return metas;
}

/** Ids of the member types that make a structure one with managed fields. */
function markerTypes(btf: Btf): Set<number> {
  const marks = new Set<number>();
  for (const name of ALLOC_STRUCTS) {
    const id = btf.findByName(name, 'struct');
    if (id !== null) marks.add(id);
  }
  for (let id = btf.startId; id < btf.nrTypes; id++) {
    const kind = btf.kindOf(id);
    if (kind !== 'ptr' && kind !== 'volatile') continue;
    const kptr = orErrno(() => kptrOf(btf, btf.typeById(id)));
    if (kptr === null || typeof kptr === 'number' || (kptr.type & BPF_KPTR) === 0) continue;
    if (isStruct(btf.typeById(kptr.typeId))) marks.add(id);
  }
  return marks;
}

function parseStructMetas(btf: Btf, vmlinux: KernelBtf): StructMetas {
  const marks = markerTypes(btf);
  const metas = new Map<number, BtfRecord>();
  if (marks.size === 0) return metas;
  for (let id = btf.startId; id < btf.nrTypes; id++) {
    const t = btf.kindOf(id) === 'struct' ? btf.typeById(id) : null;
    if (t?.kind !== 'struct' || !t.members.some((m) => marks.has(m.type))) continue;
    metas.set(id, parse({ btf, vmlinux, mask: ALLOC_FIELDS, valueSize: t.size }, t) ?? fail(EFAULT));
  }
  for (const record of metas.values()) checkOwnership(metas, record);
  return metas;
}

/** btf_check_and_fixup_fields(): what the fields point to suits them. */
function checkOwnership(metas: StructMetas, record: BtfRecord): void {
  for (const field of record.fields) {
    if (field.type === BPF_UPTR && field.kptr !== null) checkUserPointer(field.kptr.btf, field.kptr.btfId);
    if (field.root === null) continue;
    const value = metas.get(field.root.valueBtfId) ?? fail(EFAULT);
    const isNode = (record.fieldMask & BPF_GRAPH_NODE) !== 0;
    if (isNode && (value.fieldMask & BPF_GRAPH_ROOT) !== 0) fail(ELOOP);
  }
}

function checkUserPointer(btf: Btf, id: number): void {
  const t = btf.typeById(id);
  if (t.kind !== 'struct' || t.size === 0) fail(EINVAL);
  else if (t.size > PAGE_SIZE) fail(E2BIG);
}

const MAP_FIELDS =
  BPF_SPIN_LOCK |
  BPF_RES_SPIN_LOCK |
  BPF_TIMER |
  BPF_KPTR |
  BPF_LIST_HEAD |
  BPF_RB_ROOT |
  BPF_REFCOUNT |
  BPF_WORKQUEUE |
  BPF_UPTR |
  BPF_TASK_WORK;

const mapTypes = (...names: (keyof typeof BPF_MAP_TYPE)[]): ReadonlySet<number> =>
  new Set(names.map((n) => BPF_MAP_TYPE[n]));
const STORAGES = ['sk_storage', 'inode_storage', 'task_storage', 'cgrp_storage'] as const;
const LOCK_MAPS = mapTypes('hash', 'array', 'cgroup_storage', ...STORAGES);
const TIMER_MAPS = mapTypes('hash', 'lru_hash', 'array');
const KPTR_MAPS = mapTypes(
  'hash',
  'percpu_hash',
  'lru_hash',
  'lru_percpu_hash',
  'array',
  'percpu_array',
  ...STORAGES,
);
/** Map types that can hold a field of each type. */
const MAPS_OF_FIELD: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [BPF_SPIN_LOCK, LOCK_MAPS],
  [BPF_RES_SPIN_LOCK, LOCK_MAPS],
  [BPF_TIMER, TIMER_MAPS],
  [BPF_WORKQUEUE, TIMER_MAPS],
  [BPF_TASK_WORK, TIMER_MAPS],
  [BPF_KPTR_UNREF, KPTR_MAPS],
  [BPF_KPTR_REF, KPTR_MAPS],
  [BPF_KPTR_PERCPU, KPTR_MAPS],
  [BPF_REFCOUNT, KPTR_MAPS],
  [BPF_UPTR, mapTypes('task_storage')],
  [BPF_LIST_HEAD, mapTypes('hash', 'lru_hash', 'array')],
  [BPF_RB_ROOT, mapTypes('hash', 'lru_hash', 'array')],
]);

const BPF_F_RDONLY_PROG = 1 << 7;
const BPF_F_WRONLY_PROG = 1 << 8;

/** What map creation needs to know of the map. */
export interface RecordedMap {
  readonly type: number;
  readonly flags: number;
  readonly valueSize: number;
  readonly btf: Btf | null;
  readonly btfValueTypeId: number;
}

const NO_VALUE_TYPE = 0;

/**
 * The record of a map's value. A value whose fields do not parse has none, and that is no error of creation
 * (map_check_btf() keeps the error in the map).
 */
export function mapRecord(map: RecordedMap, vmlinux: KernelBtf): BtfRecord | null {
  if (map.btf === null || map.btfValueTypeId === NO_VALUE_TYPE) return null;
  const { btf, valueSize } = map;
  // Only the type itself counts: the kernel looks through modifiers and typedefs for the size alone.
  const id = btf.skipModsAndTypedefs(map.btfValueTypeId);
  const record = parseFields({ btf, vmlinux, mask: MAP_FIELDS, valueSize }, id);
  return typeof record === 'number' ? null : record;
}

/** The part of map_check_btf() that looks at managed fields: 0 or the negative errno of BPF_MAP_CREATE. */
export function checkMapRecord(map: RecordedMap, vmlinux: KernelBtf): number {
  const record = mapRecord(map, vmlinux);
  if (record === null || map.btf === null) return 0;
  if ((map.flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)) !== 0) return -EACCES;
  for (const field of record.fields) {
    if (MAPS_OF_FIELD.get(field.type)?.has(map.type) !== true) return -EOPNOTSUPP;
  }
  const metas = structMetas(map.btf, vmlinux);
  if (typeof metas === 'number') return metas;
  const checked = orErrno(() => checkOwnership(metas, record));
  return typeof checked === 'number' ? checked : 0;
}
