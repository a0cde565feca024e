import type { Btf } from '../btf/btf.ts';
import type { MapSpec, ObjectSpec, ProgramSpec } from '../object/spec.ts';
import { BPF_MAP_TYPE } from '../platform/map-types.ts';
import type { SimKernel } from './kernel.ts';
import type { ProgLoadAttr } from './objects.ts';

/** fds of an object's maps in the order of `ObjectSpec.maps` (null: not created); or the first that failed. */
export type Instantiated =
  | { readonly ok: true; readonly fds: readonly (number | null)[] }
  | { readonly ok: false; readonly map: string; readonly errno: number };

const BPF_F_MMAPABLE = 1 << 10;

/** A perf event array without a size has one place a CPU (libbpf's map_set_def_max_entries()). */
function maxEntriesOf(kernel: SimKernel, spec: MapSpec): number {
  const perCpu = spec.type === BPF_MAP_TYPE.perf_event_array && spec.maxEntries === 0;
  return perCpu ? kernel.rt.options.cpus : spec.maxEntries;
}

function createMap(kernel: SimKernel, spec: MapSpec, btf: Btf | null): ReturnType<SimKernel['mapCreate']> {
  const inner = spec.inner === null ? null : createMap(kernel, spec.inner, btf);
  if (inner !== null && !inner.ok) return inner;
  return kernel.mapCreate({
    name: spec.name,
    type: spec.type,
    keySize: spec.keySize,
    valueSize: spec.valueSize,
    maxEntries: maxEntriesOf(kernel, spec),
    flags: spec.flags & ~BPF_F_MMAPABLE & 0xffffffff,
    mapExtra: spec.mapExtra,
    btf,
    btfKeyTypeId: spec.btfKeyTypeId,
    btfValueTypeId: spec.btfValueTypeId,
    innerMapFd: inner === null ? null : inner.fd,
  });
}

/** bpf_object__create_maps(): makes every map, writes first values, freezes constants. */
export function instantiateMaps(kernel: SimKernel, spec: ObjectSpec): Instantiated {
  const fds: (number | null)[] = [];
  for (const map of spec.maps) {
    if (!map.autocreate) {
      fds.push(null);
      continue;
    }
    const made = createMap(kernel, map, spec.btf);
    if (!made.ok) return { ok: false, map: map.name, errno: made.errno };
    fds.push(made.fd);
    if (map.initialValue !== null) kernel.maps.update(made.fd, new Uint8Array(4), map.initialValue);
    if (map.frozen) kernel.maps.freeze(made.fd);
  }
  return { ok: true, fds };
}

/** A program with the fds of its maps in place, or what it refers to that this kernel has not. */
export type Patched =
  | { readonly ok: true; readonly insns: Uint8Array }
  | { readonly ok: false; readonly what: string };

export function patchFds(prog: ProgramSpec, fds: readonly (number | null)[]): Patched {
  const insns = prog.insns.slice();
  const view = new DataView(insns.buffer);
  for (const fixup of prog.fixups) {
    if (fixup.kind === 'ksym') return { ok: false, what: `address of kernel symbol ${fixup.symbol}` };
    const fd = fds[fixup.mapIndex] ?? null;
    if (fd === null) return { ok: false, what: `map ${fixup.map}, which is not created` };
    view.setInt32(fixup.insn * 8 + 4, fd, true);
  }
  return { ok: true, insns };
}

/** BPF_PROG_LOAD's attributes for a program of an object. */
export function progLoadAttr(spec: ObjectSpec, prog: ProgramSpec, insns: Uint8Array): ProgLoadAttr {
  return {
    name: prog.name.slice(0, 15),
    type: prog.type,
    expectedAttachType: prog.expectedAttachType,
    license: spec.license,
    flags: prog.flags,
    insns,
    attachBtfId: prog.attachBtfId,
    btf: spec.btf,
    funcInfo: prog.funcInfo,
    lineInfo: prog.lineInfo,
  };
}
