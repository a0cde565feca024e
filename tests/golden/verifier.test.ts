import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadProgram, type ObjectSession, openObject } from '../../src-core/bpf/session.ts';
import { PER_CPU_TYPES, round8, WALKABLE_TYPES } from '../kernel/run-on-kernel.ts';
import { normalizeLog } from '../kernel/oracle.ts';
import { firstDifference, type Golden, parseGolden } from '../support/golden.ts';
import { elementText, type ProjectProgram, projectPrograms, RUN_PACKETS, runText, specOf } from '../support/project-programs.ts';
import gaps from './known-gaps.json' with { type: 'json' };

interface Gap {
  readonly case: string;
  readonly reason: string;
}
const knownGaps = new Map((gaps as Gap[]).map((g) => [g.case, g.reason]));
const programs = projectPrograms();

/** What our side says, in the sections that the program's golden has. */
function answer(program: ProjectProgram, engine: 'jit' | 'interp'): Map<string, string> {
  const spec = specOf(program);
  const session = openObject(spec, { vmlinux: null, timer: () => 0 });
  const sections = new Map<string, string>();
  for (const level of [2, 1] as const) {
    const out = loadProgram(session, spec.programs[0], { level, onEvent: null, shouldStop: null });
    const verdict = { accept: 'accept', reject: `reject ${out.errno}`, unsupported: `unsupported: ${out.message}`, error: `error: ${out.message}` };
    sections.set('verdict', verdict[out.verdict]);
    sections.set(`log level ${level}`, normalizeLog(out.log));
    if (out.fd !== null && level === 1 && program.noRun === null) {
      RUN_PACKETS.forEach((packet, i) => sections.set(`run ${i}`, runHere(session, out.fd as number, packet, engine)));
    }
  }
  return sections;
}

function runHere(session: ObjectSession, fd: number, packet: Uint8Array, engine: 'jit' | 'interp'): string {
  const { kernel, spec, maps } = session;
  const run = kernel.testRun(fd, { dataIn: packet, ctxIn: new Uint8Array(0), repeat: 1, engine });
  if (!run.ok) return `errno ${run.errno}`;
  const contents = spec.maps.flatMap((map, i) => {
    const mapFd = maps.ok ? maps.fds[i] : null;
    if (mapFd === null || !WALKABLE_TYPES.includes(map.type)) return [];
    const stride = PER_CPU_TYPES.includes(map.type) ? round8(map.valueSize) : map.valueSize;
    const elements = kernel.maps.entries(mapFd, 100_000).map((e) => elementText(e.key, e.value, stride));
    return [{ name: map.name, elements }];
  });
  return runText({ retval: run.retval, dataOut: run.dataOut, maps: contents });
}

function difference(golden: Golden, ours: ReadonlyMap<string, string>): string | null {
  for (const [name, text] of golden.sections) {
    const d = firstDifference(text.trimEnd(), (ours.get(name) ?? '(nothing)').trimEnd());
    if (d !== null) return `${name}, ${d}`;
  }
  return null;
}

describe('the project\'s programs, as the kernel answered when it was asked', () => {
  it('are at least 120, each with a golden', () => {
    expect(programs.length).toBeGreaterThanOrEqual(120);
    expect(programs.filter((p) => !existsSync(p.golden)).map((p) => p.id)).toEqual([]);
  });

  it('have no gap on the list that is not a program', () => {
    const ids = new Set(programs.map((p) => p.id));
    expect([...knownGaps.keys()].filter((id) => !ids.has(id))).toEqual([]);
  });

  it.each(programs.map((p) => [p.id, p] as const))('%s', (id, program) => {
    const golden = parseGolden(readFileSync(program.golden, 'latin1'));
    const found = (['jit', 'interp'] as const).map((engine) => difference(golden, answer(program, engine))).find((d) => d !== null) ?? null;
    if (knownGaps.has(id)) expect(found, `${id} agrees with the kernel now: take it off known-gaps.json`).not.toBeNull();
    else expect(found).toBeNull();
  });
});
