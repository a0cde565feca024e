import { describe, expect, it } from 'vitest';
import { oracleMissing } from '../../kernel/oracle.ts';
import recorded from './answers.json' with { type: 'json' };
import { kernelAnswer, ourAnswer, readable, runCases } from './cases.ts';

const answers: Readonly<Record<string, readonly string[]>> = recorded.answers;
const cases = runCases().map((c) => [c.id, c] as const);

describe('helpers in test runs, as the kernel answered when it was asked', () => {
  it('has an answer for every program', () => {
    expect(Object.keys(answers).sort()).toEqual(cases.map(([id]) => id).sort());
  });

  it.each(cases)('%s as Wasm', (id, c) => {
    expect(readable(ourAnswer(c, 'jit'))).toEqual(answers[id]);
  });

  it.each(cases)('%s in the interpreter', (id, c) => {
    expect(readable(ourAnswer(c, 'interp'))).toEqual(answers[id]);
  });
});

describe.skipIf(oracleMissing() !== null)(`the live kernel (${oracleMissing() ?? 'here'})`, () => {
  it.each(cases)('still answers so: %s', (id, c) => {
    expect(readable(kernelAnswer(c))).toEqual(answers[id]);
  });
});
