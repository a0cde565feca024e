import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adviceFor } from '../../../src-core/explain/advice.ts';
import { projectPrograms } from '../../support/project-programs.ts';

/** The last line of a recorded refusal, as the reject event gives it. */
function refusals(): { readonly id: string; readonly message: string }[] {
  return projectPrograms().flatMap(({ id, golden }) => {
    const folder = golden.replace(/[^/]*$/, '');
    if (!readdirSync(folder).includes(golden.slice(folder.length))) return [];
    const text = readFileSync(golden, 'latin1');
    if (!/^== verdict\nreject/m.test(text)) return [];
    const log = /^== log level 1\n([\s\S]*?)(?=^== |(?![\s\S]))/m.exec(text)?.[1] ?? '';
    const lines = log
      .trimEnd()
      .split('\n')
      .filter((l) => !l.startsWith('processed '));
    const message = lines.at(-1);
    return message === undefined || message === '' ? [] : [{ id, message }];
  });
}

describe('advice', () => {
  it('names a packet read without a bounds check', () => {
    expect(adviceFor('R2 offset is outside of the packet')?.id).toBe('XL-PKT-1');
  });

  it('has nothing to say about a message that it does not know, rather than guess', () => {
    expect(adviceFor('a message of a later kernel')).toBeNull();
  });

  it("knows at least four of five refusals of the project's programs", () => {
    const all = refusals();
    const silent = all.filter(({ message }) => adviceFor(message) === null);
    expect(silent.length, silent.map((s) => `${s.id}: ${s.message}`).join('\n')).toBeLessThanOrEqual(
      all.length / 5,
    );
  });
});
