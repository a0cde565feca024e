/**
 * npm run kernel:run-compare -- [--quiet] [--json] FILE|DIR...
 * Every program of a type that BPF_PROG_TEST_RUN takes, on ten packets each, on the live kernel and in the
 * simulated one with both engines: return value, packet, context, maps and trace.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ObjectSpec, ProgramSpec } from '../../src-core/object/spec.ts';
import { BPF_PROG_TYPE as P, PROG_TYPE_NAMES } from '../../src-core/uapi/prog-types.ts';
import { InputError } from '../../src-core/util/input-error.ts';
import { loadSpec } from './compare-object.ts';
import { mountBpffs } from './live-bpf.ts';
import { oracleMissing } from './oracle.ts';
import { pinToFirstCpu } from './pin-cpu.ts';
import { type ObjectRun, type RunInput, runLive, runSimulated } from './run-object.ts';
import { runningBtf } from './running-btf.ts';
import { TEN_PACKETS } from './ten-packets.ts';

/** Types whose test run takes a packet; raw tracepoints take a context. */
const WITH_PACKET: ReadonlySet<number> = new Set([
  P.socket_filter,
  P.sched_cls,
  P.sched_act,
  P.xdp,
  P.cgroup_skb,
  P.lwt_in,
  P.lwt_out,
  P.lwt_xmit,
  P.flow_dissector,
  P.netfilter,
]);

type Outcome = 'same' | 'different' | 'volatile' | 'unsupported' | 'not simulated' | 'refused by the kernel';
interface Row {
  readonly file: string;
  readonly prog: string;
  readonly type: string;
  readonly outcome: Outcome;
  readonly note: string;
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)))
    .filter((name) => name.endsWith('.o'));
}

const inputs: readonly RunInput[] = TEN_PACKETS.map((data) => ({ data, ctx: new Uint8Array(0) }));

/** The first thing that is not the same, in words. */
function difference(kernel: ObjectRun, ours: ObjectRun): string | null {
  if (kernel.kind !== 'ran' || ours.kind !== 'ran') return null;
  for (const [i, run] of kernel.runs.entries()) {
    const mine = ours.runs[i];
    for (const part of ['errno', 'retval', 'data', 'ctx'] as const)
      if (run[part] !== mine[part])
        return `packet ${i}: ${part}: kernel ${run[part]}, ours ${mine[part]}${ours.why === null ? '' : ` (${ours.why})`}`;
  }
  for (const [i, map] of kernel.maps.entries())
    if (map !== ours.maps[i]) return `map: kernel ${map}, ours ${ours.maps[i]}`;
  const traces = [kernel.trace, ours.trace].map((lines) => lines.join('\n'));
  return traces[0] === traces[1] ? null : `trace: kernel ${traces[0]}, ours ${traces[1]}`;
}

function compare(spec: ObjectSpec, prog: ProgramSpec): Pick<Row, 'outcome' | 'note'> {
  const vmlinux = runningBtf;
  const live = runLive(spec, prog, { inputs, vmlinux });
  if (live.kind !== 'ran') return { outcome: 'refused by the kernel', note: live.what };
  for (const engine of ['jit', 'interp'] as const) {
    const ours = runSimulated(spec, prog, { inputs, vmlinux, engine });
    if (ours.kind === 'unsupported') return { outcome: 'unsupported', note: ours.what };
    if (ours.kind === 'refused') return { outcome: 'different', note: `ours does not load it: ${ours.what}` };
    const found = difference(live, ours);
    if (found === null) continue;
    if (ours.why !== null) return { outcome: 'not simulated', note: ours.why };
    const again = runLive(spec, prog, { inputs, vmlinux });
    const twice = difference(live, again);
    return twice === null
      ? { outcome: 'different', note: `${engine}: ${found}` }
      : { outcome: 'volatile', note: twice };
  }
  return { outcome: 'same', note: '' };
}

function compareFile(file: string, only: string | null): Row[] {
  const name = basename(file).replace(/(\.bpf)?\.o$/, '');
  try {
    const spec = loadSpec(new Uint8Array(readFileSync(file)), name, runningBtf);
    return spec.programs.flatMap((prog) => {
      if (!WITH_PACKET.has(prog.type) || prog.loadError !== null || (only !== null && prog.name !== only))
        return [];
      return [{ file, prog: prog.name, type: PROG_TYPE_NAMES[prog.type], ...compare(spec, prog) }];
    });
  } catch (e) {
    if (e instanceof InputError) return [];
    throw e;
  }
}

const missing = oracleMissing();
if (missing !== null) throw new Error(missing);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quiet: { type: 'boolean' }, json: { type: 'boolean' }, prog: { type: 'string' } },
});
mountBpffs();
pinToFirstCpu();
const rows: Row[] = [];
for (const file of positionals.flatMap(filesOf)) {
  for (const row of compareFile(file, values.prog ?? null)) {
    rows.push(row);
    if (values.json) console.log(JSON.stringify(row));
    else if (row.outcome !== 'same' && !values.quiet)
      console.log(
        `${basename(row.file)} ${row.prog} (${row.type}): ${row.outcome}: ${row.note.slice(0, 300)}`,
      );
  }
}
const counts = new Map<Outcome, number>();
for (const { outcome } of rows) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
const compared = rows.filter((r) => r.outcome === 'same' || r.outcome === 'different').length;
console.error(
  `${rows.length} programs: ${[...counts].map(([o, n]) => `${n} ${o}`).join(', ')}; same among compared: ${counts.get('same') ?? 0} of ${compared}`,
);
