import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { runRaw } from '../../../src-core/cli/conformance.ts';
import { BpfInsns } from '../../../src-core/isa/program.ts';
import { buildCfg } from '../../../src-core/jit/cfg.ts';
import { printStructure, type Shape, type Structure, structure } from '../../../src-core/jit/structure.ts';

function insnsOf(asm: string): BpfInsns {
  const { flat, diagnostics } = assemble(asm);
  expect(diagnostics).toEqual([]);
  return BpfInsns.fromBytes(flat);
}

function structureOf(insns: BpfInsns): Structure {
  const { blocks } = buildCfg(insns, 0, insns.length);
  return structure(
    blocks.map(({ exit }): Shape => {
      if (exit.kind === 'goto') return { kind: 'goto', to: exit.to };
      if (exit.kind === 'cond') return { kind: 'cond', taken: exit.taken, next: exit.next };
      return { kind: 'leave' };
    }),
  );
}

const printed = (asm: string): string => printStructure(structureOf(insnsOf(asm)));

describe('the structure of control flow', () => {
  it('of a straight line is its body', () => {
    expect(printed('r0 = 1\nexit')).toMatchInlineSnapshot(`
      "body 0
      leave 0
      "
    `);
  });

  it('of a diamond is an if whose arms meet behind a block', () => {
    expect(
      printed('if r1 > 5 goto big\nr0 = 1\ngoto out\nbig:\nr0 = 2\nout:\nr0 += 1\nexit'),
    ).toMatchInlineSnapshot(`
      "block 3
        body 0
        if 0
          body 2
          br 3
        else
          body 1
          br 3
        end
      end
      body 3
      leave 3
      "
    `);
  });

  it('of two ways to one exit is a block that both leave', () => {
    expect(
      printed('if r1 == 1 goto out\nif r1 == 2 goto out\nr0 = 3\nexit\nout:\nr0 = 0\nexit'),
    ).toMatchInlineSnapshot(`
      "block 3
        body 0
        brIf 0 3
        body 1
        brIf 1 3
        body 2
        leave 2
      end
      body 3
      leave 3
      "
    `);
  });

  it('of a loop is a Wasm loop with a branch back', () => {
    expect(printed('r0 = 0\nagain:\nr0 += 1\nif r0 < 10 goto again\nexit')).toMatchInlineSnapshot(`
      "body 0
      loop 1
        body 1
        brIf 1 1
        body 2
        leave 2
      end
      "
    `);
  });

  it('of a loop in a loop is two Wasm loops', () => {
    expect(
      printed(
        'r0 = 0\nr2 = 0\nouter:\nr3 = 0\ninner:\nr0 += 1\nr3 += 1\nif r3 < 3 goto inner\nr2 += 1\nif r2 < 4 goto outer\nexit',
      ),
    ).toMatchInlineSnapshot(`
      "body 0
      loop 1
        body 1
        loop 2
          body 2
          brIf 2 2
          body 3
          brIf 3 1
          body 4
          leave 4
        end
      end
      "
    `);
  });

  it('of a loop with two exits has an arm for each', () => {
    expect(
      printed(
        'again:\nif r1 == 7 goto out\nr1 -= 1\nif r1 != 0 goto again\nr0 = 1\nexit\nout:\nr0 = 2\nexit',
      ),
    ).toMatchInlineSnapshot(`
      "loop 0
        body 0
        if 0
          body 3
          leave 3
        else
          body 1
          brIf 1 0
          body 2
          leave 2
        end
      end
      "
    `);
  });

  it('of a loop with two entries is a dispatcher', () => {
    expect(
      printed('if r1 == 0 goto second\nfirst:\nr0 += 1\nsecond:\nr1 -= 1\nif r1 != 0 goto first\nexit'),
    ).toMatchInlineSnapshot(`
      "dispatcher 0 2 3 1
      "
    `);
  });

  it('of a jump out of the program faults there', () => {
    expect(printed('if r1 == 0 goto +9\nr0 = 0\nexit')).toMatchInlineSnapshot(`
      "body 0
      if 0
        fault 0
      else
        body 1
        leave 1
      end
      "
    `);
  });
});

interface Node {
  readonly op: string;
  readonly taken: number;
  readonly next: number;
}

/** A program of any control flow whatever that ends after `rounds` blocks; r0 tells the way that it took. */
function program(nodes: readonly Node[], rounds: number): string {
  const body = nodes.map(({ op, taken, next }, i) => [
    `b${i}:`,
    'r0 *= 31',
    `r0 += ${i + 1}`,
    'r8 -= 1',
    'if r8 == 0 goto end',
    'r2 = r0',
    'r2 &= 7',
    `if r2 ${op} goto b${taken % nodes.length}`,
    `goto b${next % nodes.length}`,
  ]);
  return ['r0 = 1', `r8 = ${rounds}`, ...body.flat(), 'end:', 'exit'].join('\n');
}

const node: fc.Arbitrary<Node> = fc.record({
  op: fc.constantFrom('== 3', '!= 2', '> 4', 's< 5', '& 2', '<= 6'),
  taken: fc.nat(11),
  next: fc.nat(11),
});

describe('random control flow', () => {
  const kinds = new Set<string>();

  it('gives the same result as Wasm and in the interpreter', () => {
    fc.assert(
      fc.property(
        fc.array(node, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 60 }),
        (nodes, rounds) => {
          const insns = insnsOf(program(nodes, rounds));
          kinds.add(structureOf(insns).kind);
          const none = new Uint8Array(0);
          expect(runRaw(insns, none, 'jit')).toBe(runRaw(insns, none, 'interp'));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('was of both kinds: loops with one entry and with several', () => {
    expect([...kinds].sort()).toEqual(['dispatcher', 'tree']);
  });
});
