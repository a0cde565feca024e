import type { Btf } from '../btf/btf.ts';
import { type VmlinuxSource, vmlinuxOf } from '../btf/vmlinux.ts';
import type { MapSpec, ObjectSpec, ProgramSpec } from '../object/spec.ts';
import { BPF_MAP_TYPE } from '../platform/map-types.ts';
import { BPF_OBJ_NAME_LEN, MAP_FLAG } from '../uapi/bpf.ts';
import type { Bpf, MapCreateAttr, ProgLoadAttr } from './api.ts';

/** What a loader must know of the kernel it loads into. */
export interface LoaderOptions {
  /** CPUs that the kernel may have (num_possible_cpus()). */
  readonly cpus: number;
  /** The kernel's own BTF, for struct_ops maps. */
  readonly vmlinux: VmlinuxSource;
}

/** An object whose maps stand in a kernel; or the first map that could not be made. */
export type Instantiated =
  | {
      readonly ok: true;
      /** fds of the maps in the order of `ObjectSpec.maps`; null: not created. */
      readonly fds: readonly (number | null)[];
      /** fd of the object's BTF; null when it has none or the kernel refused it. */
      readonly btfFd: number | null;
    }
  | { readonly ok: false; readonly map: string; readonly errno: number };

/** Types whose key and value no BTF describes to the kernel (bpf_object__create_map()). */
const WITHOUT_BTF: ReadonlySet<number> = new Set([
  BPF_MAP_TYPE.perf_event_array,
  BPF_MAP_TYPE.cgroup_array,
  BPF_MAP_TYPE.stack_trace,
  BPF_MAP_TYPE.array_of_maps,
  BPF_MAP_TYPE.hash_of_maps,
  BPF_MAP_TYPE.devmap,
  BPF_MAP_TYPE.devmap_hash,
  BPF_MAP_TYPE.cpumap,
  BPF_MAP_TYPE.xskmap,
  BPF_MAP_TYPE.sockmap,
  BPF_MAP_TYPE.sockhash,
  BPF_MAP_TYPE.queue,
  BPF_MAP_TYPE.stack,
]);
const LIBBPF_PIN_BY_NAME = 1;
const PIN_ROOT = '/sys/fs/bpf/';

/** A name as bpf(2) takes it. */
const shortName = (name: string): string => name.slice(0, BPF_OBJ_NAME_LEN - 1);

interface Loading {
  readonly bpf: Bpf;
  readonly spec: ObjectSpec;
  readonly options: LoaderOptions;
  readonly btfFd: number | null;
}

/** A perf event array without a size has one place a CPU (map_set_def_max_entries()). */
function maxEntriesOf(spec: MapSpec, cpus: number): number {
  return spec.type === BPF_MAP_TYPE.perf_event_array && spec.maxEntries === 0 ? cpus : spec.maxEntries;
}

/** The kernel's struct that wraps the operations: its BTF id and its size. */
function structOpsValue(
  loading: Loading,
  name: string,
): { readonly id: number; readonly size: number } | null {
  const vmlinux = vmlinuxOf(loading.options.vmlinux);
  const id = vmlinux?.findByName(`bpf_struct_ops_${name}`, 'struct') ?? null;
  return vmlinux === null || id === null ? null : { id, size: vmlinux.resolveSize(id) };
}

function attrOf(loading: Loading, spec: MapSpec): MapCreateAttr {
  const plain: MapCreateAttr = {
    name: shortName(spec.name),
    type: spec.type,
    keySize: spec.keySize,
    valueSize: spec.valueSize,
    maxEntries: maxEntriesOf(spec, loading.options.cpus),
    flags: spec.flags,
    mapExtra: spec.mapExtra,
    mapExtraHi: spec.mapExtraHi,
    numaNode: (spec.flags & MAP_FLAG.NUMA_NODE) === 0 ? 0 : spec.numaNode,
  };
  const btf = loading.btfFd === null ? {} : { btfFd: loading.btfFd };
  if (spec.structOpsType !== null) {
    const value = structOpsValue(loading, spec.structOpsType);
    return value === null
      ? plain
      : { ...plain, ...btf, valueSize: value.size, btfVmlinuxValueTypeId: value.id };
  }
  if (loading.btfFd === null || WITHOUT_BTF.has(spec.type)) return plain;
  return { ...plain, ...btf, btfKeyTypeId: spec.btfKeyTypeId, btfValueTypeId: spec.btfValueTypeId };
}

type Made = { readonly ok: true; readonly fd: number } | { readonly ok: false; readonly errno: number };

function createMap(loading: Loading, spec: MapSpec): Made {
  const { bpf } = loading;
  const inner = spec.inner === null ? null : createMap(loading, spec.inner);
  if (inner !== null && !inner.ok) return inner;
  const attr = { ...attrOf(loading, spec), ...(inner === null ? {} : { innerMapFd: inner.fd }) };
  let made = bpf.call('MAP_CREATE', attr);
  // Where the kernel refuses the types of key and value, libbpf tries once more without.
  if (!made.ok && ((attr.btfKeyTypeId ?? 0) !== 0 || (attr.btfValueTypeId ?? 0) !== 0))
    made = bpf.call('MAP_CREATE', { ...attr, btfFd: 0, btfKeyTypeId: 0, btfValueTypeId: 0 });
  if (inner !== null) bpf.close(inner.fd);
  return made;
}

/** bpf_object__reuse_map(), then bpf_object__create_map() and the pin. */
function openMap(loading: Loading, spec: MapSpec): Made {
  const { bpf } = loading;
  if (spec.pinning !== LIBBPF_PIN_BY_NAME) return createMap(loading, spec);
  const path = PIN_ROOT + spec.name;
  const pinned = bpf.call('OBJ_GET', { path });
  if (pinned.ok) return pinned;
  const made = createMap(loading, spec);
  if (!made.ok) return made;
  const pin = bpf.call('OBJ_PIN', { path, fd: made.fd });
  return pin.ok ? made : pin;
}

/** First bytes of global data; what cannot be written to any more afterwards. */
function fill(bpf: Bpf, fd: number, spec: MapSpec): void {
  const written = spec.type === BPF_MAP_TYPE.array && spec.initialValue !== null;
  if (written) bpf.call('MAP_UPDATE_ELEM', { mapFd: fd, key: new Uint8Array(4), value: spec.initialValue });
  if (spec.frozen) bpf.call('MAP_FREEZE', { mapFd: fd });
}

const u32 = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n).buffer);

/** Puts the fds of one object in the initial slots that name it; 0, or the errno of the first refusal. */
function fillSlots(
  { bpf, spec }: Pick<Loading, 'bpf' | 'spec'>,
  fds: readonly (number | null)[],
  wanted: { readonly programs: boolean; fdOf(target: string): number | null },
): number {
  for (const [i, map] of spec.maps.entries()) {
    const mapFd = fds[i];
    if (mapFd === null || (map.type === BPF_MAP_TYPE.prog_array) !== wanted.programs) continue;
    for (const { index, target } of map.initialSlots) {
      const fd = wanted.fdOf(target);
      if (fd === null) continue;
      const put = bpf.call('MAP_UPDATE_ELEM', { mapFd, key: u32(index), value: u32(fd) });
      if (!put.ok) return put.errno;
    }
  }
  return 0;
}

/** bpf_object__load() up to the programs: BTF, maps, first values, maps in maps. */
export function instantiateMaps(bpf: Bpf, spec: ObjectSpec, options: LoaderOptions): Instantiated {
  const btf = spec.btf === null ? null : bpf.call('BTF_LOAD', { btf: spec.btf });
  const loading = { bpf, spec, options, btfFd: btf?.ok ? btf.fd : null };
  const fds: (number | null)[] = [];
  for (const map of spec.maps) {
    if (!map.autocreate) {
      fds.push(null);
      continue;
    }
    const made = openMap(loading, map);
    if (!made.ok) return { ok: false, map: map.name, errno: made.errno };
    fds.push(made.fd);
    fill(bpf, made.fd, map);
  }
  const fdOf = (target: string): number | null => fds[spec.maps.findIndex((m) => m.name === target)] ?? null;
  const errno = fillSlots(loading, fds, { programs: false, fdOf });
  return errno === 0 ? { ok: true, fds, btfFd: loading.btfFd } : { ok: false, map: 'a map of maps', errno };
}

/** bpf_object_init_prog_arrays(), for one program that was loaded. */
export function fillProgramSlots(
  bpf: Bpf,
  spec: ObjectSpec,
  fds: readonly (number | null)[],
  program: { readonly name: string; readonly fd: number },
): number {
  const fdOf = (target: string): number | null => (target === program.name ? program.fd : null);
  return fillSlots({ bpf, spec }, fds, { programs: true, fdOf });
}

/** A program with the fds of its maps in place, or what it refers to that this kernel has not. */
export type Patched =
  | { readonly ok: true; readonly insns: Uint8Array }
  | { readonly ok: false; readonly what: string };

/**
 * An address for a function or variable that the kernel's BTF knows: some place in its text, as every boot has another.
 * Null for a symbol that the BTF does not know; the kernel may have it all the same.
 */
function symbolAddress(symbol: string, kernel: Btf | null): number | null {
  const id = kernel?.findByName(symbol, 'func') ?? kernel?.findByName(symbol, 'var') ?? null;
  return id === null ? null : (KERNEL_TEXT_LO + 16 * id) | 0;
}

/** Low half of where the kernel's text starts; the high half is all ones. */
const KERNEL_TEXT_LO = 0x8100_0000;

/** A program with the descriptors of its maps in it, and addresses of kernel symbols by `kernel`. */
export function patchFds(
  prog: ProgramSpec,
  fds: readonly (number | null)[],
  kernel: () => Btf | null = () => null,
): Patched {
  const insns = prog.insns.slice();
  const view = new DataView(insns.buffer);
  for (const fixup of prog.fixups) {
    if (fixup.kind === 'ksym') {
      const address = symbolAddress(fixup.symbol, kernel());
      if (address === null) return { ok: false, what: `address of kernel symbol ${fixup.symbol}` };
      view.setInt32(fixup.insn * 8 + 4, address, true);
      view.setInt32(fixup.insn * 8 + 12, -1, true);
      continue;
    }
    const fd = fds[fixup.mapIndex] ?? null;
    if (fd === null) return { ok: false, what: `map ${fixup.map}, which is not created` };
    view.setInt32(fixup.insn * 8 + 4, fd, true);
  }
  return { ok: true, insns };
}

/** BPF_PROG_LOAD's attributes for a program of an object; line and function info need the kernel's consent to the BTF. */
export function progLoadAttr(
  spec: ObjectSpec,
  prog: ProgramSpec,
  loaded: { readonly insns: Uint8Array; readonly btfFd: number | null },
): ProgLoadAttr {
  const none = new Uint8Array(0);
  const { btfFd } = loaded;
  return {
    name: shortName(prog.name),
    type: prog.type,
    expectedAttachType: prog.expectedAttachType,
    license: spec.license,
    flags: prog.flags,
    insns: loaded.insns,
    attachBtfId: prog.attachBtfId,
    kernVersion: spec.version,
    ...(btfFd === null
      ? { funcInfo: none, lineInfo: none }
      : { btfFd, funcInfo: prog.funcInfo, lineInfo: prog.lineInfo }),
  };
}
