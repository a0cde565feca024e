import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadProgram, openObject } from '../../src-core/bpf/session.ts';
import { normalizeLog } from '../kernel/oracle.ts';
import { firstDifference, type Golden, parseGolden } from '../support/golden.ts';
import { type ProjectProgram, projectPrograms, RUN_PACKETS, specOf } from '../support/project-programs.ts';
import { runHere } from '../support/run-here.ts';
import { vmlinux } from '../support/vmlinux.ts';
import gaps from './known-gaps.json' with { type: 'json' };

interface Gap {
  readonly case: string;
  readonly reason: string;
}
const knownGaps = new Map((gaps as Gap[]).map((g) => [g.case, g.reason]));
const programs = projectPrograms();

/** What our side says, in the sections that the program's golden has. */
function answer(program: ProjectProgram, engine: 'jit' | 'interp'): Map<string, string> {
  const spec = specOf(program, vmlinux);
  const session = openObject(spec, { vmlinux, timer: () => 0 });
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
