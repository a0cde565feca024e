import { describe, expect, it } from 'vitest';
import { loadProgram, openObject } from '../../../src-core/bpf/session.ts';
import { runCases } from './cases.ts';

describe('a ring buffer after a run', () => {
  const found = runCases().find((c) => c.id === 'events/positions');
  if (found === undefined) throw new Error('events/positions is gone');
  const { spec, prog } = found;
  const session = openObject(spec, { vmlinux: null, timer: () => 0 });
  const { fd } = loadProgram(session, prog, { level: 0, onEvent: null, shouldStop: null });
  const ring = session.maps.ok ? session.maps.fds[spec.maps.findIndex((m) => m.name === 'ring')] : null;
  const input = { dataIn: new Uint8Array(64), ctxIn: new Uint8Array(0), engine: 'jit' } as const;

  it('shows what was submitted in order, not what was discarded', () => {
    session.kernel.testRun(fd as number, { ...input, repeat: 1 });
    const text = new TextDecoder('latin1');
    const entries = session.kernel.maps.entries(ring as number, 10);
    expect(entries.map((e) => [e.key.length, text.decode(e.value)])).toEqual([
      [0, 'twelve bytes\0'],
      [0, '\x88\x77\x66\x55\x44\x33\x22\x11'],
      [0, ''],
    ]);
  });

  it('keeps no more than fits, since nobody takes records out', () => {
    session.kernel.testRun(fd as number, { ...input, repeat: 1000 });
    const sizes = session.kernel.maps.entries(ring as number, 10_000).map((e) => e.value.length + 8);
    expect(sizes.length).toBeGreaterThan(100);
    expect(sizes.reduce((a, b) => a + b)).toBeLessThan(4096);
  });
});
