import type { VmlinuxSource } from '../btf/vmlinux.ts';
import type { Firing, HostEvent } from '../sim/events.ts';
import { fire } from '../sim/fire.ts';
import type { Host } from '../sim/host.ts';
import { defaultRuntimeOptions, type Runtime } from '../vm/runtime.ts';
import type { Bpf, CommandName, Commands, Result, TestRunAttr } from './api.ts';
import { deleteBatch, lookupBatch, updateBatch } from './commands/batch.ts';
import { btfLoad } from './commands/btf-load.ts';
import {
  deleteElem,
  freeze,
  getNextKey,
  lookupAndDelete,
  lookupElem,
  updateElem,
} from './commands/elements.ts';
import { linkCreate, linkDetach, linkUpdate, makeLink, rawTracepointOpen } from './commands/links.ts';
import { mapCreate } from './commands/map-create.ts';
import { fdById, get, infoByFd, nextId, pin, unpin } from './commands/objects.ts';
import { bindMap, progLoad } from './commands/prog-load.ts';
import { type TestRunResult, testRun, testRunCommand } from './commands/test-run.ts';
import type { LinkParts } from './link-object.ts';
import { MapView } from './map-view.ts';
import type { MapObject, ProgObject } from './objects.ts';
import { type KernelOptions, KernelState } from './state.ts';

type Handler<C extends CommandName> = (
  state: KernelState,
  attr: Commands[C]['attr'],
) => Result<Commands[C]['out']>;

const HANDLERS: { readonly [C in CommandName]: Handler<C> } = {
  MAP_CREATE: mapCreate,
  MAP_LOOKUP_ELEM: lookupElem,
  MAP_UPDATE_ELEM: updateElem,
  MAP_DELETE_ELEM: deleteElem,
  MAP_GET_NEXT_KEY: getNextKey,
  MAP_LOOKUP_AND_DELETE_ELEM: lookupAndDelete,
  MAP_FREEZE: (state, attr) => freeze(state, attr.mapFd),
  MAP_LOOKUP_BATCH: (state, attr) => lookupBatch(state, attr, 'lookup'),
  MAP_LOOKUP_AND_DELETE_BATCH: (state, attr) => lookupBatch(state, attr, 'lookupAndDelete'),
  MAP_UPDATE_BATCH: updateBatch,
  MAP_DELETE_BATCH: deleteBatch,
  PROG_LOAD: progLoad,
  PROG_TEST_RUN: testRunCommand,
  PROG_BIND_MAP: bindMap,
  BTF_LOAD: (state, attr) => btfLoad(state, attr.btf),
  OBJ_PIN: pin,
  OBJ_GET: get,
  OBJ_GET_INFO_BY_FD: (state, attr) => infoByFd(state, attr.fd),
  PROG_GET_NEXT_ID: (state, attr) => nextId(state.progs, attr.startId),
  MAP_GET_NEXT_ID: (state, attr) => nextId(state.maps, attr.startId),
  BTF_GET_NEXT_ID: (state, attr) => nextId(state.btfs, attr.startId),
  PROG_GET_FD_BY_ID: (state, attr) => fdById(state, state.progs, attr.id),
  MAP_GET_FD_BY_ID: (state, attr) => fdById(state, state.maps, attr.id, attr.openFlags),
  BTF_GET_FD_BY_ID: (state, attr) => fdById(state, state.btfs, attr.id),
  LINK_CREATE: linkCreate,
  LINK_UPDATE: linkUpdate,
  LINK_DETACH: (state, attr) => linkDetach(state, attr.linkFd),
  LINK_GET_FD_BY_ID: (state, attr) => fdById(state, state.links, attr.id),
  LINK_GET_NEXT_ID: (state, attr) => nextId(state.links, attr.startId),
  RAW_TRACEPOINT_OPEN: rawTracepointOpen,
};

/**
 * The simulated kernel with its bpf() system call, seen by one process. The page, the terminal and the command
 * line all go through it.
 */
export class SimKernel implements Bpf {
  private readonly state: KernelState;
  /** Maps as a person sees them. */
  readonly maps: MapView;

  constructor(options: KernelOptions) {
    this.state = new KernelState(options);
    this.maps = new MapView(this.state);
  }

  static create(options: Partial<KernelOptions> = {}): SimKernel {
    return new SimKernel({ vmlinux: null, runtime: defaultRuntimeOptions(), timer: () => 0, ...options });
  }

  get rt(): Runtime {
    return this.state.rt;
  }
  get vmlinux(): VmlinuxSource {
    return this.state.options.vmlinux;
  }

  call<C extends CommandName>(cmd: C, attr: Commands[C]['attr']): Result<Commands[C]['out']> {
    const handler: Handler<C> = HANDLERS[cmd];
    return handler(this.state, attr);
  }
  close(fd: number): void {
    this.state.close(fd);
  }
  /** Takes a name out of the BPF file system; false when there is none. */
  unlink(path: string): boolean {
    return unpin(this.state, path);
  }

  /** The machine around the kernel: events happen there. */
  get host(): Host {
    return this.state.host;
  }
  /** Lets an event happen: what programs at its hooks did, in order. */
  fire(event: HostEvent): Firing[] {
    return fire(this.host, event);
  }
  /** Attaches a program where other system calls than bpf() would: perf events, sockets. */
  linkTo(progFd: number, parts: Omit<LinkParts, 'attachType'>): Result<{ readonly fd: number }> {
    const prog = this.state.progAt(progFd);
    if (prog === null) return { ok: false, errno: this.state.wrongFd(progFd) };
    return makeLink(this.state, prog, { ...parts, attachType: 0 });
  }

  mapOf(fd: number): MapObject | null {
    return this.state.mapAt(fd);
  }
  progOf(fd: number): ProgObject | null {
    return this.state.progAt(fd);
  }
  /** BPF_PROG_TEST_RUN with the reason of a refusal and the trace. */
  testRun(progFd: number, attr: Omit<TestRunAttr, 'progFd'>): TestRunResult {
    return testRun(this.state, { ...attr, progFd });
  }
}
