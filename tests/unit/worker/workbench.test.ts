import { describe, expect, it } from 'vitest';
import { Workbench } from '../../../src-core/worker/workbench.ts';

const bench = (): Workbench =>
  new Workbench({ vmlinux: () => Promise.reject(new Error('not needed')), timer: () => 0 });

const COUNT =
  '.map m, type=array, key=4, value=8, max_entries=1\n.section "xdp"\ncount:\n  *(u32 *)(r10 - 8) = 0\n  r1 = m ll\n  r2 = r10\n  r2 += -8\n  call bpf_map_lookup_elem\n  r1 = 1\n  lock *(u64 *)(r0 + 0) += r1\n  r0 = 2\n  exit\n';
const asm = (text: string) => ({ kind: 'asm', name: 'test.s', text }) as const;

describe('the workbench behind the page', () => {
  it('opens assembly and lists its programs, instructions and maps', async () => {
    const opened = await bench().open(asm(COUNT));
    expect(opened.diagnostics).toEqual([]);
    expect(opened.programs.map((p) => [p.name, p.section, p.takesPacket])).toEqual([['count', 'xdp', true]]);
    expect(opened.programs[0].insns.map((i) => i.slot)).toEqual([0, 1, 3, 4, 5, 6, 7, 8, 9]);
    expect(opened.programs[0].insns[0].line).toBe(4);
    expect(opened.maps.map((m) => [m.name, m.keySize, m.valueSize])).toEqual([['m', 4, 8]]);
  });

  it('tells faults of the text with their place, and opens nothing then', async () => {
    const opened = await bench().open(asm('r0 = 0\nr1 == 2\nexit\n'));
    expect(opened.programs).toEqual([]);
    expect(opened.diagnostics[0]).toMatchObject({ severity: 'error', location: { line: 2, column: 4 } });
  });

  it('tells faults of an object without throwing', async () => {
    const opened = await bench().open({ kind: 'object', name: 'x.o', bytes: Uint8Array.of(1, 2, 3) });
    expect(opened.programs).toEqual([]);
    expect(opened.diagnostics).toHaveLength(1);
  });

  it('verifies, and leads from the failing visit back to the entry', async () => {
    const w = bench();
    await w.open(
      asm('r0 = *(u32 *)(r1 + 12)\nif r0 > 3 goto bad\nexit\nbad:\nr2 = *(u64 *)(r0 + 0)\nexit\n'),
    );
    const verified = await w.verify({ program: 0, level: 2 }, () => {});
    expect(verified).toMatchObject({ verdict: 'reject', errno: 13, errnoName: 'EACCES', at: 3 });
    expect(verified.message).toBe("R0 invalid mem access 'scalar'");
    expect(verified.focus).toBe(verified.visits);
    const path = w.path(verified.visits);
    expect(path.map((s) => s.slot)).toEqual([0, 1, 3]);
    expect(path.at(-1)?.end).toBe('rejected');
    expect(w.run({ program: 0, data: new Uint8Array(64), engine: 'jit', repeat: 1 })).toMatchObject({
      ok: false,
      errno: 9,
    });
  });

  it('knows the state before every visit, those beyond the first two thousand too', async () => {
    const w = bench();
    await w.open(asm('r6 = 0\nagain:\nr6 += 1\nif r6 < 2000 goto again\nr0 = 0\nexit\n'));
    const { visits } = await w.verify({ program: 0, level: 1 }, () => {});
    expect(visits).toBeGreaterThan(4000);
    for (const visit of [2, 1999, 3001, visits]) {
      const state = w.state(visit);
      expect(state?.frames[0].words[6]).toMatch(/\d/);
    }
    expect(w.state(0)).toBeNull();
    expect(w.state(visits + 1)).toBeNull();
  });

  it('runs what was accepted and shows the maps change, on both engines', async () => {
    const w = bench();
    await w.open(asm(COUNT));
    expect((await w.verify({ program: 0, level: 2 }, () => {})).verdict).toBe('accept');
    for (const engine of ['jit', 'interp'] as const) {
      expect(w.run({ program: 0, data: new Uint8Array(64), engine, repeat: 2 })).toMatchObject({
        ok: true,
        retval: 2,
      });
    }
    expect(w.maps(10)[0].entries[0].value[0]).toBe(4);
    expect(w.mapUpdate({ index: 0, key: new Uint8Array(4), value: new Uint8Array(8).fill(9) })).toBe(0);
    expect(w.maps(10)[0].entries[0].value[7]).toBe(9);
    w.resetMaps();
    expect(w.maps(10)[0].entries[0].value).toEqual(new Uint8Array(8));
    expect(w.run({ program: 0, data: new Uint8Array(64), engine: 'jit', repeat: 1 })).toMatchObject({
      ok: true,
    });
  });

  it('prints the opened object as text that opens as the same programs', async () => {
    const w = bench();
    const first = await w.open(asm(COUNT));
    const text = w.toAssembly();
    const second = await bench().open(asm(text));
    const texts = (o: typeof first) => o.programs.map((p) => p.insns.map((i) => i.text));
    expect(texts(second)).toEqual(texts(first));
  });

  it('says that nothing is opened, or no such program, as bad input', async () => {
    await expect(bench().verify({ program: 0, level: 1 }, () => {})).rejects.toThrow(/nothing is opened/);
    const w = bench();
    await w.open(asm(COUNT));
    await expect(w.verify({ program: 7, level: 1 }, () => {})).rejects.toThrow(/no program 7/);
  });
});
