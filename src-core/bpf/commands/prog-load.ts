import type { Btf } from '../../btf/btf.ts';
import { type VmlinuxSource, vmlinuxOf } from '../../btf/vmlinux.ts';
import {
  BPF_CALL,
  BPF_JMP,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_VALUE,
  LD_IMM64,
} from '../../isa/opcodes.ts';
import { BpfInsns } from '../../isa/program.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { checkProgLoad } from '../../platform/prog/load-check.ts';
import { BPF_F_STRICT_ALIGNMENT } from '../../uapi/bpf.ts';
import { E2BIG, EBADF, EINVAL, ENOTSUPP } from '../../uapi/errno.ts';
import { BPF_PROG_TYPE, PROG_TYPE_NAMES } from '../../uapi/prog-types.ts';
import { sha256 } from '../../util/sha256.ts';
import type { VerifyResult, XlatedProgram } from '../../verifier/api.ts';
import { verify } from '../../verifier/verify.ts';
import type { EngineProgram } from '../../vm/engine.ts';
import { kfuncId } from '../../vm/kfuncs/registry.ts';
import { VmProgram } from '../../vm/program.ts';
import type { ProgLoadAttr, ProgLoadOut, Result } from '../api.ts';
import { type BtfObject, type MapObject, ProgObject } from '../objects.ts';
import type { KernelState } from '../state.ts';
import { verifierMap } from '../verifier-map.ts';
import { validName } from './names.ts';
import { programFits } from './slots.ts';

/** BPF_COMPLEXITY_LIMIT_INSNS. */
const MAX_INSNS = 1_000_000;

/** Slots of the 64-bit loads that name a map by descriptor. */
function mapLoads(insns: BpfInsns): number[] {
  const found: number[] = [];
  for (let i = 0; i < insns.length; i++) {
    if (insns.code[i] !== LD_IMM64) continue;
    if (insns.src[i] === BPF_PSEUDO_MAP_FD || insns.src[i] === BPF_PSEUDO_MAP_VALUE) found.push(i);
    i++;
  }
  return found;
}

/** bpf_prog_calc_tag(): the program's digest with the descriptors of maps left out. */
function tagOf(insns: BpfInsns, loads: readonly number[]): Uint8Array {
  const plain = insns.clone();
  for (const i of loads) plain.imm[i] = plain.imm[i + 1] = 0;
  return sha256(plain.toBytes()).slice(0, 8);
}

/** Calls of kernel functions get our numbers, as if they were helpers; names of those that are not simulated. */
function numberKfuncs(insns: BpfInsns, vmlinux: VmlinuxSource): Map<number, string> {
  const unknown = new Map<number, string>();
  for (let i = 0; i < insns.length; i++) {
    if (insns.code[i] !== (BPF_JMP | BPF_CALL) || insns.src[i] !== BPF_PSEUDO_KFUNC_CALL) continue;
    const btf = insns.off[i] === 0 ? vmlinuxOf(vmlinux) : null;
    const name = btf?.has(insns.imm[i]) ? btf.nameOf(insns.imm[i]) : `#${insns.imm[i]}`;
    const id = kfuncId(name);
    if (id === null) {
      unknown.set(i, name);
      continue;
    }
    insns.src[i] = 0;
    insns.imm[i] = id;
  }
  return unknown;
}

/** Puts addresses in linear memory where the program refers to maps. */
function engineProgram(
  xlated: XlatedProgram,
  mapOf: (id: number) => MapObject,
  { btf, vmlinux }: { readonly btf: Btf | null; readonly vmlinux: VmlinuxSource },
): EngineProgram {
  const insns = xlated.insns.clone();
  const kfuncs = numberKfuncs(insns, vmlinux);
  for (const { insn, map, valueOffset } of xlated.mapRefs) {
    const { vm } = mapOf(map.id);
    const value = vm.directValue() ?? 0;
    insns.src[insn] = 0;
    insns.imm[insn] = valueOffset === null ? vm.address : value + valueOffset;
    insns.imm[insn + 1] = 0;
  }
  return { insns, subprogStarts: xlated.subprogStarts, origin: xlated.origin, btf, kfuncs };
}

interface Refused {
  readonly ok: false;
  readonly errno: number;
  readonly partial: { readonly log: string; readonly verdict: VerifyResult | null };
}
const refuse = (errno: number, verdict: VerifyResult | null = null): Refused => ({
  ok: false,
  errno,
  partial: { log: verdict?.log ?? '', verdict },
});

/** The verifier knows maps only: a descriptor of something else is EINVAL, not EBADF. */
function errnoOf(state: KernelState, insns: BpfInsns, errno: number): number {
  const first = mapLoads(insns).find((i) => state.mapAt(insns.imm[i]) === null);
  return errno === EBADF && first !== undefined ? state.wrongFd(insns.imm[first]) : errno;
}

/** What bpf_prog_load() looks at before the verifier: 0 or an errno. */
function refusal(attr: ProgLoadAttr): number {
  const count = attr.insns.length / 8;
  if (count === 0 || count > MAX_INSNS) return E2BIG;
  if (PROG_TYPE_NAMES[attr.type] === undefined || attr.type === BPF_PROG_TYPE.unspec) return EINVAL;
  if (!validName(attr.name)) return EINVAL;
  return checkProgLoad({ ...attr, hasDstProg: false });
}

/** bpf_check_tail_call(): prog arrays that the program uses take it as one of theirs. */
function fitsItsArrays(attr: ProgLoadAttr, maps: readonly MapObject[]): boolean {
  const arrays = maps.filter((map) => map.attr.type === BPF_MAP_TYPE.prog_array);
  return arrays.every((map) => programFits(map, { attr }));
}

/** BPF_PROG_BIND_MAP: the program keeps a map alive that it does not name. */
export function bindMap(
  state: KernelState,
  attr: { readonly progFd: number; readonly mapFd: number; readonly flags?: number },
): Result<Readonly<Record<never, never>>> {
  if ((attr.flags ?? 0) !== 0) return { ok: false, errno: EINVAL };
  const prog = state.progAt(attr.progFd);
  if (prog === null) return { ok: false, errno: state.wrongFd(attr.progFd) };
  const map = state.mapAt(attr.mapFd);
  if (map === null) return { ok: false, errno: state.wrongFd(attr.mapFd) };
  prog.bind(map);
  return { ok: true };
}

/** BPF_PROG_LOAD: verify, fix up; it is compiled when it first runs. What is not modelled answers ENOTSUPP. */
export function progLoad(state: KernelState, attr: ProgLoadAttr): Result<ProgLoadOut> {
  const early = refusal(attr);
  if (early !== 0) return refuse(early);
  // Only function and line info are reasons to look at the BTF (check_btf_info_early()).
  const btfFd = attr.funcInfo.length + attr.lineInfo.length > 0 ? (attr.btfFd ?? 0) : null;
  const btf = btfFd === null ? null : state.btfAt(btfFd);
  if (btfFd !== null && btf === null) return refuse(state.wrongFd(btfFd));
  const insns = BpfInsns.fromBytes(attr.insns);
  const verdict = verdictOf(state, attr, insns, btf);
  if (verdict.verdict === 'reject') return refuse(errnoOf(state, insns, verdict.errno), verdict);
  if (verdict.verdict === 'unsupported') return refuse(ENOTSUPP, verdict);
  const loads = mapLoads(insns);
  const maps = [...new Set(loads.flatMap((i) => state.mapAt(insns.imm[i]) ?? []))];
  if (!fitsItsArrays(attr, maps)) return refuse(EINVAL, verdict);
  const id = state.progs.allocate();
  const byId = new Map(maps.map((map) => [map.id, map]));
  const types = { btf: btf?.btf ?? null, vmlinux: state.options.vmlinux };
  const code = engineProgram(verdict.program, (mapId) => byId.get(mapId) as MapObject, types);
  const parts = {
    attr,
    tag: tagOf(insns, loads),
    xlated: verdict.program,
    maps,
    btf,
    runnable: new VmProgram(state.rt, id, code),
    verifiedInsns: verdict.stats.processed,
    loadTime: state.options.timer(),
  };
  const prog = new ProgObject(id, parts, () => {
    state.progs.remove(id);
    state.rt.programs.delete(id);
  });
  state.progs.set(id, prog);
  state.rt.programs.set(id, parts.runnable);
  return { ok: true, fd: state.open(prog), log: verdict.log, verdict };
}

function verdictOf(
  state: KernelState,
  attr: ProgLoadAttr,
  insns: BpfInsns,
  btf: BtfObject | null,
): VerifyResult {
  const maps = state.fds
    .entries()
    .flatMap(([fd, { object }]) => (object.kind === 'map' ? [verifierMap(fd, object)] : []));
  return verify(
    { ...attr, insns, btf: btf?.btf ?? null, maps },
    {
      policy: { privileged: true, strictAlignment: (attr.flags & BPF_F_STRICT_ALIGNMENT) !== 0 },
      log: {
        level: attr.logLevel ?? 0,
        ...(attr.logSize === undefined ? {} : { size: attr.logSize }),
      },
      onEvent: attr.watch?.onEvent ?? null,
      shouldStop: attr.watch?.shouldStop ?? null,
      vmlinux: state.options.vmlinux,
      timer: state.options.timer,
    },
  );
}
