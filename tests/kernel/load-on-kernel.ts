import { cpus } from 'node:os';
import { patchFds } from '../../src-core/bpf/loader.ts';
import type { MapSpec, ObjectSpec, ProgramSpec } from '../../src-core/object/spec.ts';
import { closeFd, createMap, loadBtf, loadProgram, mapFreeze, mapUpdate, type ProgLoad } from './oracle.ts';

/** An object whose maps and BTF stand in the live kernel. */
export interface KernelObject {
  readonly btfFd: number | null;
  /** fd of each map of `ObjectSpec.maps`; null where the kernel has none. */
  readonly mapFds: readonly (number | null)[];
  /** Why something could not be made, or null. */
  readonly problem: string | null;
  close(): void;
}

const PERF_EVENT_ARRAY = 4;
const ARENA = 33;
/** libbpf maps an arena before it loads programs; here its address is only named. */
const ARENA_ADDRESS = 0x7e00_0000_0000;

function makeMap(spec: MapSpec, btfFd: number | null, opened: number[]): number {
  const inner = spec.inner === null ? null : makeMap(spec.inner, btfFd, opened);
  if (inner !== null && inner < 0) return inner;
  const typed = btfFd !== null && (spec.btfKeyTypeId !== 0 || spec.btfValueTypeId !== 0);
  const plain = {
    ...spec,
    name: spec.name.replace(/[^A-Za-z0-9_.]/g, '_'),
    ...(inner === null ? {} : { innerMapFd: inner }),
    maxEntries: spec.type === PERF_EVENT_ARRAY && spec.maxEntries === 0 ? cpus().length : spec.maxEntries,
    mapExtra: spec.type === ARENA && spec.mapExtra === 0 ? ARENA_ADDRESS : spec.mapExtra,
    btfKeyTypeId: 0,
    btfValueTypeId: 0,
  };
  const { btfKeyTypeId, btfValueTypeId } = spec;
  let fd = createMap(typed ? { ...plain, btfFd, btfKeyTypeId, btfValueTypeId } : plain);
  // Where the kernel refuses the types of key and value, libbpf tries once more without.
  if (fd < 0 && typed) fd = createMap(plain);
  if (fd >= 0) opened.push(fd);
  return fd;
}

/** Makes an object's BTF and maps in the live kernel, as libbpf would. */
export function openOnKernel(spec: ObjectSpec): KernelObject {
  const opened: number[] = [];
  const btf = spec.btf === null ? null : loadBtf(spec.btf.raw);
  let problem = btf !== null && btf.fd === null ? `BTF: errno ${btf.errno}` : null;
  const btfFd = btf?.fd ?? null;
  if (btfFd !== null) opened.push(btfFd);
  const mapFds = spec.maps.map((map) => {
    if (!map.autocreate) return null;
    const fd = makeMap(map, btfFd, opened);
    if (fd < 0) {
      problem ??= `map ${map.name}: errno ${-fd}`;
      return null;
    }
    if (map.initialValue !== null && map.structOpsType === null)
      mapUpdate(fd, new Uint8Array(4), map.initialValue);
    if (map.frozen) mapFreeze(fd);
    return fd;
  });
  return {
    btfFd,
    mapFds,
    problem,
    close: () => {
      for (const fd of opened) closeFd(fd);
    },
  };
}

/** BPF_PROG_LOAD of one program; null when it refers to what the kernel object lacks. */
export function loadOnKernel(
  spec: ObjectSpec,
  prog: ProgramSpec,
  object: KernelObject,
  logLevel: number,
): ProgLoad | null {
  const patched = patchFds(prog, object.mapFds);
  if (!patched.ok) return null;
  return loadProgram({
    type: prog.type,
    insns: patched.insns,
    license: spec.license,
    name: prog.name.replace(/[^A-Za-z0-9_.]/g, '_'),
    expectedAttachType: prog.expectedAttachType,
    flags: prog.flags,
    attachBtfId: prog.attachBtfId,
    logLevel,
    logSize: 64 << 20,
    kernVersion: spec.version,
    ...(object.btfFd === null
      ? {}
      : { btfFd: object.btfFd, funcInfo: prog.funcInfo, lineInfo: prog.lineInfo }),
  });
}
