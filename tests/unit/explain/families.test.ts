import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blamedRegister, namedInsn, namedNumbers } from '../../../src-core/explain/blamed.ts';
import { decisiveReason, familyOf } from '../../../src-core/explain/families.ts';

const VERIFIER = new URL('../../../src-core/verifier/', import.meta.url);
const FORMAT =
  /\b(?:reject|blame)\(\s*[\w.]*env,\s*(?:E[A-Z0-9]+,\s*)?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/g;

/** Every format string that the verifier refuses with, as its source has it. */
function formats(): string[] {
  const found = new Set<string>();
  for (const name of readdirSync(VERIFIER, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const text = readFileSync(new URL(name, VERIFIER), 'utf8');
    for (const match of text.matchAll(FORMAT)) found.add(match[1].slice(1, -1).replace(/\\n/g, '\n'));
  }
  return [...found];
}

describe('a family for every refusal:', () => {
  it('each wording of the verifier belongs to one', () => {
    expect(formats().length).toBeGreaterThan(300);
    expect(formats().filter((format) => familyOf({ format, args: [] }) === null)).toEqual([]);
  });

  it('a wording of a later kernel has none, rather than a guess', () => {
    expect(familyOf({ format: 'wording nobody knows', args: [] })).toBeNull();
  });

  it.each([
    ["R%d invalid mem access '%s'\n", [1, 'scalar'], 'XL-TYPE-1'],
    ["R%d invalid mem access '%s'\n", [1, 'map_value_or_null'], 'XL-NULL-1'],
    ['R%d !read_ok\n', [0], 'XL-INIT-1'],
    ['Unreleased reference id=%d alloc_insn=%d\n', [3, 7], 'XL-REF-1'],
    ['misaligned packet access off %d+%s+%d+%d size %d\n', [0, '0', 0, 1, 4], 'XL-ALIGN-1'],
    ['program of this type cannot use helper %s#%d\n', ['bpf_x', 1], 'XL-HELP-1'],
    ['cannot call GPL-restricted function from non-GPL compatible program\n', [], 'XL-GPL-1'],
    ['infinite loop detected at insn %d\n', [4], 'XL-LOOP-1'],
    ['tracing progs cannot use bpf_timer yet\n', [], 'XL-MAPUSE-1'],
    ['combined stack size of %d calls is %d. Too large\n', [2, 544], 'XL-STACK-2'],
    ["R%d unbounded memory access, use 'var &= const' or 'if (var < const)'\n", [2], 'XL-LEN-1'],
  ] as const)('%j with %j is %s', (format, args, id) => {
    expect(familyOf({ format, args })?.id).toBe(id);
  });

  it('what was said before decides where the last line only adds to it', () => {
    const first = {
      format: 'invalid access to packet, off=%d size=%d, R%d(id=%d,off=%d,r=%d)\n',
      args: [0, 1, 2, 0, 0, 0],
    };
    const last = { format: 'R%d offset is outside of the packet\n', args: [2] };
    expect(decisiveReason([first, last])).toBe(first);
    expect(decisiveReason([last])).toBe(last);
  });
});

describe('what a reason names', () => {
  it.each([
    ['R%d !read_ok\n', [3], 3],
    ['invalid access to packet, off=%d size=%d, R%d(id=%d,off=%d,r=%d)\n', [0, 1, 5, 0, 0, 0], 5],
    ['%s the register %s has', ['At program exit', 'R0'], 0],
    ['Possibly NULL pointer passed to helper arg%d\n', [2], 2],
    ['Possibly NULL pointer passed to trusted arg%d\n', [0], 1],
    ['arg#%d expected pointer to ctx, but got %s\n', [1, 'fp'], 2],
    ['unreachable insn %d\n', [4], null],
  ] as const)('%j with %j blames register %s', (format, args, reg) => {
    expect(blamedRegister({ format, args })).toBe(reg);
  });

  it('an instruction, where it has one', () => {
    expect(namedInsn({ format: 'Unreleased reference id=%d alloc_insn=%d\n', args: [2, 9] })).toBe(9);
    expect(namedInsn({ format: 'unreachable insn %d\n', args: [4] })).toBe(4);
    expect(namedInsn({ format: 'R%d !read_ok\n', args: [4] })).toBeNull();
  });

  it('its numbers by name', () => {
    const n = namedNumbers({
      format: 'invalid access to map value, value_size=%d off=%d size=%d\n',
      args: [64, 60, 8],
    });
    expect([n.get('value_size'), n.get('off'), n.get('size')]).toEqual([64, 60, 8]);
  });
});
