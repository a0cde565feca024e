import type { HookPoint } from '../sim/events.ts';
import { KernelObject, type ProgObject } from './objects.ts';

/** `enum bpf_link_type`. */
export const LINK_TYPE = {
  raw_tracepoint: 1,
  tracing: 2,
  cgroup: 3,
  xdp: 6,
  perf_event: 7,
  kprobe_multi: 8,
  tcx: 11,
} as const;

/** What a link holds. */
export interface LinkParts {
  /** `enum bpf_link_type`. */
  readonly type: number;
  /** `enum bpf_attach_type`. */
  readonly attachType: number;
  readonly points: readonly HookPoint[];
}

/** A program at its hooks: it stays there as long as the link does (`struct bpf_link`). */
export class LinkObject extends KernelObject implements LinkParts {
  readonly kind = 'link';
  readonly type: number;
  readonly attachType: number;
  readonly points: readonly HookPoint[];
  private program: ProgObject;
  private attached: readonly (() => void)[];

  constructor(
    id: number,
    prog: ProgObject,
    parts: LinkParts,
    /** Attaches the program to a hook and answers how to take it off. */
    private readonly attach: (point: HookPoint, prog: ProgObject) => () => void,
    private readonly onRelease: (link: LinkObject) => void,
  ) {
    super(id);
    this.type = parts.type;
    this.attachType = parts.attachType;
    this.points = parts.points;
    this.program = prog.hold();
    this.attached = parts.points.map((point) => attach(point, prog));
  }

  get prog(): ProgObject {
    return this.program;
  }
  get isAttached(): boolean {
    return this.attached.length > 0;
  }
  /** BPF_LINK_DETACH: the link stays and does nothing. */
  detach(): void {
    for (const off of this.attached) off();
    this.attached = [];
  }
  /** BPF_LINK_UPDATE: another program in the same place. */
  update(prog: ProgObject): void {
    const before = this.program;
    this.detach();
    this.program = prog.hold();
    this.attached = this.points.map((point) => this.attach(point, prog));
    before.drop();
  }
  protected release(): void {
    this.detach();
    this.onRelease(this);
    this.program.drop();
  }
}
