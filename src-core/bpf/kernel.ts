import { BpfInsns } from '../isa/program.ts';
import { checkProgLoad } from '../platform/prog/load-check.ts';
import { BPF_PROG_TYPE, PROG_TYPE_NAMES } from '../platform/prog-types.ts';
import { contextOf } from '../sim/context-of.ts';
import type { VerifyOptions, VmlinuxSource, XlatedProgram } from '../verifier/api.ts';
import { verify } from '../verifier/verify.ts';
import { DEFAULT_FUEL, type EngineProgram } from '../vm/engine.ts';
import { VmFault } from '../vm/fault.ts';
import { ArrayMap } from '../vm/maps/array-map.ts';
import { createVmMap } from '../vm/maps/create.ts';
import { defaultRuntimeOptions, Runtime, type RuntimeOptions } from '../vm/runtime.ts';
import { FdTable } from './fd-table.ts';
import { LazyEngines } from './lazy-engines.ts';
import { MapCommands } from './map-commands.ts';
import type {
  MapCreateAttr,
  MapObject,
  ProgLoadAttr,
  ProgLoadResult,
  ProgObject,
  TestRunInput,
  TestRunResult,
} from './objects.ts';
import { verifierMap } from './verifier-map.ts';

const E2BIG = 7;
const EBADF = 9;
const EINVAL = 22;
/** What the kernel answers for a program type without a test run. */
const ENOTSUPP = 524;
const ENOMEM = 12;
/** BPF_COMPLEXITY_LIMIT_INSNS. */
const MAX_INSNS = 1_000_000;

export type MapCreateResult =
  | { readonly ok: true; readonly fd: number; readonly map: MapObject }
  | { readonly ok: false; readonly errno: number };

export interface KernelOptions {
  readonly vmlinux: VmlinuxSource;
  readonly runtime: RuntimeOptions;
  /** Monotonic nanoseconds, for the duration that a test run reports. */
  readonly timer: () => number;
}

/** Options of the verifier that a caller of progLoad chooses. */
export type ProgLoadOptions = Pick<VerifyOptions, 'policy' | 'log' | 'onEvent' | 'shouldStop'>;

/**
 * The simulated bpf() system call: maps, programs and test runs of one kernel, by file descriptor. The page,
 * the terminal and the command line all go through it.
 */
export class SimKernel {
  readonly rt: Runtime;
  readonly maps: MapCommands;
  private readonly fds = new FdTable<MapObject | ProgObject>();
  private nextMapId = 1;
  private nextProgId = 1;

  constructor(private readonly options: KernelOptions) {
    this.rt = new Runtime(options.runtime);
    this.maps = new MapCommands(this.rt, (fd) => this.mapOf(fd));
  }

  static create(options: Partial<KernelOptions> = {}): SimKernel {
    return new SimKernel({ vmlinux: null, runtime: defaultRuntimeOptions(), timer: () => 0, ...options });
  }

  mapOf(fd: number): MapObject | null {
    const object = this.fds.get(fd);
    return object?.kind === 'map' ? object : null;
  }
  progOf(fd: number): ProgObject | null {
    const object = this.fds.get(fd);
    return object?.kind === 'prog' ? object : null;
  }
  close(fd: number): void {
    const object = this.fds.close(fd);
    if (object?.kind === 'map') {
      this.rt.maps.delete(object.vm.address);
      object.vm.dispose();
    } else if (object?.kind === 'prog') {
      this.rt.programs.delete(object.id);
    }
  }

  /** BPF_MAP_CREATE. */
  mapCreate(attr: MapCreateAttr): MapCreateResult {
    const inner = attr.innerMapFd === null ? null : this.mapOf(attr.innerMapFd);
    if (attr.innerMapFd !== null && inner === null) return { ok: false, errno: EBADF };
    const made = createVmMap(this.rt.memory, attr, this.rt.options.cpus);
    if (!made.ok) return made;
    const map: MapObject = { kind: 'map', id: this.nextMapId++, attr, inner, vm: made.map, frozen: false };
    this.rt.maps.set(made.map.address, made.map);
    return { ok: true, fd: this.fds.add(map), map };
  }

  /** BPF_PROG_LOAD: verify, fix up, compile. */
  progLoad(attr: ProgLoadAttr, options: ProgLoadOptions): ProgLoadResult {
    const count = attr.insns.length / 8;
    if (count === 0 || count > MAX_INSNS) {
      return {
        ok: false,
        verdict: null,
        errno: E2BIG,
        why: `a program has 1 to ${MAX_INSNS} instructions, this one ${count}`,
      };
    }
    if (PROG_TYPE_NAMES[attr.type] === undefined || attr.type === BPF_PROG_TYPE.unspec) {
      return { ok: false, verdict: null, errno: EINVAL, why: `there is no program type ${attr.type}` };
    }
    const refused = checkProgLoad({ ...attr, hasDstProg: false });
    if (refused !== 0) {
      const why = `a program of type ${PROG_TYPE_NAMES[attr.type]} cannot have this attach type or target`;
      return { ok: false, verdict: null, errno: refused, why };
    }
    const maps = this.fds.entries().flatMap(([fd, o]) => (o.kind === 'map' ? [verifierMap(fd, o)] : []));
    const verdict = verify(
      { ...attr, insns: BpfInsns.fromBytes(attr.insns), maps },
      { ...options, vmlinux: this.options.vmlinux, timer: this.options.timer },
    );
    if (verdict.verdict !== 'accept') return { ok: false, verdict };
    const program = this.engineProgram(verdict.program);
    if (program === null)
      return { ok: false, verdict: null, errno: ENOMEM, why: 'a map of the program is gone' };
    const prog = this.addProgram(attr, verdict.program, program);
    return { ok: true, fd: this.fds.add(prog), prog, verdict };
  }

  private addProgram(attr: ProgLoadAttr, xlated: XlatedProgram, program: EngineProgram): ProgObject {
    const engines = new LazyEngines(this.rt, program, { fuel: DEFAULT_FUEL });
    const maps = [...new Set(xlated.mapRefs.map((ref) => ref.map))];
    const prog: ProgObject = { kind: 'prog', id: this.nextProgId++, attr, xlated, maps, engines };
    this.rt.programs.set(prog.id, engines.tailCallTarget);
    return prog;
  }

  /** Puts addresses in linear memory where the program refers to maps. */
  private engineProgram(xlated: XlatedProgram): EngineProgram | null {
    const insns = xlated.insns.clone();
    for (const { insn, map, valueOffset } of xlated.mapRefs) {
      const vm = this.mapOf(map.fd)?.vm;
      if (vm === undefined) return null;
      const base =
        valueOffset === null ? vm.address : vm instanceof ArrayMap ? vm.valueAddress(0) + valueOffset : null;
      if (base === null) return null;
      insns.src[insn] = 0;
      insns.imm[insn] = base;
      insns.imm[insn + 1] = 0;
    }
    return { insns, subprogStarts: xlated.subprogStarts, origin: xlated.origin };
  }

  /** BPF_PROG_TEST_RUN, on a simulated packet or context. */
  testRun(fd: number, input: TestRunInput): TestRunResult {
    const prog = this.progOf(fd);
    if (prog === null) return { ok: false, errno: EBADF, why: `fd ${fd} is no program`, insn: null };
    const made = contextOf(prog.attr.type, this.rt, { data: input.dataIn, ctx: input.ctxIn });
    if (made === null)
      return { ok: false, errno: ENOTSUPP, why: 'programs of this type cannot be run yet', insn: null };
    if (!made.ok) return { ok: false, errno: made.errno, why: made.why, insn: null };
    const traceStart = this.rt.trace.length;
    try {
      const durationNs = this.repeat(prog, input, made.context.address);
      return {
        ok: true,
        retval: this.rt.resultLo >>> 0,
        durationNs,
        dataOut: made.context.dataOut(),
        ctxOut: made.context.ctxOut(),
        trace: this.rt.trace.slice(traceStart),
      };
    } catch (e) {
      if (e instanceof VmFault) return { ok: false, errno: EINVAL, why: e.message, insn: e.insn };
      throw e;
    }
  }

  private repeat(prog: ProgObject, input: TestRunInput, ctx: number): number {
    const engine = prog.engines[input.engine];
    const runs = Math.max(1, input.repeat);
    const start = this.options.timer();
    for (let i = 0; i < runs; i++) {
      this.rt.tailCalls = 0;
      engine.run(ctx);
    }
    return Math.round((this.options.timer() - start) / runs);
  }
}
