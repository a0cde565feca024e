import { assemble } from '../asm/assemble.ts';
import type { AsmDiagnostic } from '../asm/diagnostics.ts';
import { type LoadOutcome, loadProgram, type ObjectSession, openObject } from '../bpf/session.ts';
import type { Btf } from '../btf/btf.ts';
import { WalkTrace } from '../explain/trace.ts';
import { whyRefused } from '../explain/why.ts';
import { regInWords } from '../explain/words.ts';
import { type LoadOptions, loadElf } from '../object/load.ts';
import { printAssembly } from '../object/print-asm.ts';
import { PLAIN_KINDS } from '../object/prog-kind.ts';
import type { ObjectSpec } from '../object/spec.ts';
import { errnoName } from '../platform/errno.ts';
import { HELPER_NAMES, helperId, helperName } from '../platform/helper-names.ts';
import { InputError } from '../util/input-error.ts';
import { NEEDS_VMLINUX } from '../verifier/api.ts';
import type {
  Calls,
  InputDiagnostic,
  MapContents,
  OpenedView,
  Source,
  StepView,
  VerifiedView,
} from './protocol.ts';
import { mapViews, programView } from './views.ts';

/** States of the first visits are kept at once; later ones are had by walking again. */
const FIRST_WINDOW = 2_000;
/** Visits kept around one that is asked for later. */
const WINDOW = 200;
/** Rows of a path that are sent: the last ones, when it is longer. */
const MAX_PATH = 20_000;
const MAX_PATHS = 20_000;
const PROGRESS_EVERY = 16_384;
/** Characters of log that the page shows: the end of a longer one. */
const LOG_SIZE = 32 << 20;

/** What the workbench needs from outside. */
export interface Surroundings {
  /** The reference kernel's BTF, fetched when an object needs it. */
  readonly vmlinux: () => Promise<Btf>;
  /** Monotonic nanoseconds. */
  readonly timer: () => number;
}

interface Verified {
  readonly program: number;
  readonly level: 1 | 2;
  readonly trace: WalkTrace;
  readonly outcome: LoadOutcome;
}

/** "perhaps `exit`; wanted: ..." */
function asmHint({ suggestion, expected }: AsmDiagnostic): string | null {
  const parts = [
    suggestion === null ? null : `Did you mean "${suggestion}"?`,
    expected === null ? null : `Expected: ${expected}.`,
  ];
  const hint = parts.filter((p) => p !== null).join(' ');
  return hint === '' ? null : hint;
}

const errorOf = (e: InputError): InputDiagnostic => ({
  severity: 'error',
  message: e.message,
  hint: e.hint,
  location: e.location,
});

const NOTHING_OPEN = { license: '', programs: [], kinds: PLAIN_KINDS, maps: [] } as const;

/** The state behind the page: one opened input, its simulated kernel, the last verification. */
export class Workbench {
  private session: ObjectSession | null = null;
  private vmlinux: Btf | null = null;
  private verified: Verified | null = null;
  /** States around a visit outside the first window. */
  private window: WalkTrace | null = null;

  constructor(private readonly around: Surroundings) {}

  vocabulary(): Calls['vocabulary']['result'] {
    return { helpers: HELPER_NAMES };
  }

  async open(source: Source, kinds: Readonly<Record<string, string>> = {}): Promise<OpenedView> {
    this.session = null;
    this.verified = null;
    try {
      const { bytes, lines, diagnostics } = this.objectBytes(source);
      if (bytes === null) return { ...NOTHING_OPEN, diagnostics };
      const spec = await this.load(bytes, source.name, kinds);
      this.session = this.openSession(spec);
      const loader = spec.diagnostics.map(
        (d): InputDiagnostic => ({
          severity: d.severity,
          message: d.message,
          hint: null,
          location: {
            ...(d.offset === null ? {} : { offset: d.offset }),
            ...(d.section === null ? {} : { section: d.section }),
          },
        }),
      );
      return {
        license: spec.license,
        programs: spec.programs.map((p) => programView(spec, p, lines)),
        kinds: PLAIN_KINDS,
        maps: mapViews(spec),
        diagnostics: [...diagnostics, ...loader],
      };
    } catch (e) {
      if (!(e instanceof InputError)) throw e;
      return { ...NOTHING_OPEN, diagnostics: [errorOf(e)] };
    }
  }

  private objectBytes(source: Source): {
    readonly bytes: Uint8Array | null;
    /** Lines of the text by slot within each function, by the function's name. */
    readonly lines: ReadonlyMap<string, readonly number[]>;
    readonly diagnostics: readonly InputDiagnostic[];
  } {
    if (source.kind === 'object') return { bytes: source.bytes, lines: new Map(), diagnostics: [] };
    const made = assemble(source.text, { helperId, helperNames: HELPER_NAMES });
    const diagnostics = made.diagnostics.map(
      (d): InputDiagnostic => ({
        severity: 'error',
        message: d.message,
        hint: asmHint(d),
        location: { line: d.line, column: d.column, length: d.length },
      }),
    );
    return { bytes: made.object, lines: new Map(made.lines.map((f) => [f.name, f.lines])), diagnostics };
  }

  private async load(
    bytes: Uint8Array,
    name: string,
    kinds: Readonly<Record<string, string>>,
  ): Promise<ObjectSpec> {
    const progKind: LoadOptions['progKind'] = (prog) =>
      Object.hasOwn(kinds, prog.name) ? kinds[prog.name] : null;
    const base = name.replace(/\.[a-z]+$/, '');
    const spec = loadElf(bytes, base, { vmlinux: this.vmlinux, progKind });
    if (!spec.needsVmlinux || this.vmlinux !== null) return spec;
    this.vmlinux = await this.around.vmlinux();
    return loadElf(bytes, base, { vmlinux: this.vmlinux, progKind });
  }

  private openSession(spec: ObjectSpec): ObjectSession {
    return openObject(spec, { vmlinux: () => this.vmlinux, timer: this.around.timer });
  }

  private opened(): ObjectSession {
    if (this.session === null) throw new InputError('nothing is opened');
    return this.session;
  }

  private walk(
    program: number,
    trace: WalkTrace,
    options: {
      readonly level: 0 | 1 | 2;
      readonly onProgress: ((processed: number) => void) | null;
      /** The walk may end once this visit is behind it. */
      readonly upTo: number | null;
    },
  ): LoadOutcome {
    const session = this.opened();
    const prog = session.spec.programs[program];
    if (prog === undefined) throw new InputError(`there is no program ${program}`);
    const { level, onProgress, upTo } = options;
    return loadProgram(session, prog, {
      level,
      logSize: LOG_SIZE,
      onEvent: (event) => {
        trace.listen(event);
        if (event.kind === 'visit' && event.visit % PROGRESS_EVERY === 0) onProgress?.(event.visit);
      },
      shouldStop: upTo === null ? null : () => trace.visits > upTo,
    });
  }

  async verify(
    params: Calls['verify']['params'],
    onProgress: (processed: number) => void,
  ): Promise<VerifiedView> {
    const view = this.verifyNow(params, onProgress);
    // Few programs need the kernel's BTF, which is large: it comes when one asks for it.
    if (view.message !== NEEDS_VMLINUX || this.vmlinux !== null) return view;
    this.vmlinux = await this.around.vmlinux();
    return this.verifyNow(params, onProgress);
  }

  private verifyNow(
    params: Calls['verify']['params'],
    onProgress: (processed: number) => void,
  ): VerifiedView {
    const { program, level } = params;
    const trace = new WalkTrace(1, FIRST_WINDOW);
    const before = this.verified?.outcome.fd ?? null;
    if (before !== null) this.opened().kernel.close(before);
    const start = this.around.timer();
    const outcome = this.walk(program, trace, { level, onProgress, upTo: null });
    const durationMs = (this.around.timer() - start) / 1e6;
    this.verified = { program, level, trace, outcome };
    this.window = null;
    return {
      verdict: outcome.verdict,
      errno: outcome.errno,
      errnoName: outcome.errno === null ? null : errnoName(outcome.errno),
      message: outcome.message,
      at: outcome.at,
      log: outcome.log,
      logStart: outcome.logStart,
      processed: outcome.stats.processed,
      totalStates: outcome.stats.totalStates,
      peakStates: outcome.stats.peakStates,
      durationMs,
      visits: trace.visits,
      focus: trace.visits === 0 ? null : outcome.verdict === 'accept' ? 1 : trace.visits,
      visitCounts: trace.visitCounts(this.slotsOf(program)),
      paths: trace.leaves(MAX_PATHS),
    };
  }

  explain(): Calls['explain']['result'] {
    if (this.verified === null || this.verified.outcome.verdict !== 'reject') return null;
    const session = this.opened();
    const prog = session.spec.programs[this.verified.program];
    return prog === undefined ? null : whyRefused(session, prog);
  }

  private slotsOf(program: number): number {
    return (this.opened().spec.programs[program]?.insns.length ?? 0) / 8;
  }

  firstVisit(slot: number): number | null {
    return this.verified?.trace.firstVisit(slot) ?? null;
  }

  visitAtLog(at: number): number | null {
    return this.verified === null ? null : this.verified.trace.visitAtLog(at, this.verified.level);
  }

  logPosition(visit: number): number | null {
    if (this.verified === null || visit < 1 || visit > this.verified.trace.visits) return null;
    const { trace, level } = this.verified;
    const at = trace.logPosOf(visit);
    return trace.visitAtLog(at, level) === visit ? at : null;
  }

  toAssembly(): string {
    return printAssembly(this.opened().spec, helperName);
  }

  path(visit: number): readonly StepView[] {
    if (this.verified === null) return [];
    const { trace } = this.verified;
    if (visit < 1 || visit > trace.visits) return [];
    return trace
      .pathTo(visit)
      .slice(-MAX_PATH)
      .map((v) => {
        const slot = trace.insnOf(v);
        return { visit: v, slot, end: trace.endOf(v), visitsOfInsn: trace.visitsOfInsn(slot) };
      });
  }

  state(visit: number): Calls['state']['result'] {
    if (this.verified === null || visit < 1 || visit > this.verified.trace.visits) return null;
    const frames = this.framesOf(visit);
    const parent = this.verified.trace.parentOf(visit);
    if (frames === null) return null;
    return {
      visit,
      frames: frames.map((frame) => ({ ...frame, words: frame.regs.map(regInWords) })),
      previous: parent === null ? null : this.framesOf(parent),
    };
  }

  private framesOf(visit: number): ReturnType<WalkTrace['stateOf']> {
    const verified = this.verified;
    if (verified === null) return null;
    const known = verified.trace.stateOf(visit) ?? this.window?.stateOf(visit) ?? null;
    if (known !== null) return known;
    this.window = new WalkTrace(visit - WINDOW, visit + WINDOW);
    const last = visit + WINDOW;
    // States do not depend on the log, so none is written this time.
    const again = this.walk(verified.program, this.window, { level: 0, onProgress: null, upTo: last });
    if (again.fd !== null) this.opened().kernel.close(again.fd);
    return this.window.stateOf(visit);
  }

  run(params: Calls['run']['params']): Calls['run']['result'] {
    const { program, data, engine, repeat } = params;
    const fd = this.loadedFd(program);
    if (fd === null)
      return {
        ok: false,
        errno: 9,
        why: 'the program is not loaded: the verifier did not accept it',
        insn: null,
      };
    return this.opened().kernel.testRun(fd, { dataIn: data, ctxIn: new Uint8Array(0), repeat, engine });
  }

  private loadedFd(program: number): number | null {
    return this.verified?.program === program ? this.verified.outcome.fd : null;
  }

  private mapFd(index: number): number | null {
    const { maps } = this.opened();
    return maps.ok ? (maps.fds[index] ?? null) : null;
  }

  maps(limit: number): MapContents[] {
    const { spec, kernel } = this.opened();
    return spec.maps.map((_, index) => {
      const fd = this.mapFd(index);
      const entries = fd === null ? [] : kernel.maps.entries(fd, limit + 1);
      return { index, entries: entries.slice(0, limit), more: entries.length > limit };
    });
  }

  mapUpdate({ index, key, value }: Calls['mapUpdate']['params']): number {
    const fd = this.mapFd(index);
    return fd === null ? -9 : this.opened().kernel.maps.update(fd, key, value);
  }

  mapDelete({ index, key }: Calls['mapDelete']['params']): number {
    const fd = this.mapFd(index);
    return fd === null ? -9 : this.opened().kernel.maps.delete(fd, key);
  }

  /** Fresh maps: a new kernel with the same object; the program is loaded again. */
  resetMaps(): null {
    const verified = this.verified;
    this.session = this.openSession(this.opened().spec);
    if (verified !== null) {
      const outcome = this.walk(verified.program, new WalkTrace(0, 0), {
        level: 0,
        onProgress: null,
        upTo: null,
      });
      this.verified = { ...verified, outcome };
    }
    return null;
  }
}
