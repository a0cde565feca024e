import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeShare, encodeShare, type Shared } from '../../../src-core/share/codec.ts';
import { InputError } from '../../../src-core/util/input-error.ts';

const bytes = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max });
const text = fc.string({ unit: 'grapheme', maxLength: 400 });

const source = fc.oneof(
  fc.record({ kind: fc.constant('asm' as const), name: text, text }),
  fc.record({ kind: fc.constant('object' as const), name: text, bytes: bytes(2000) }),
);

const shared: fc.Arbitrary<Shared> = fc.record({
  source,
  program: fc.option(text),
  step: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
  lens: fc.constantFrom('path' as const, 'program' as const, 'log' as const),
  workspace: fc.constantFrom('verify' as const, 'run' as const),
  level: fc.constantFrom(1 as const, 2 as const),
  packet: bytes(1600),
});

/** What a fragment gives: what it holds, "not a link", or the InputError; anything else fails the test. */
function read(fragment: string): Shared | null | InputError {
  try {
    return decodeShare(fragment);
  } catch (e) {
    if (e instanceof InputError) return e;
    throw e;
  }
}

const ALPHABET = '#1&=%zpsnwl-_ABCabc012\u0000\u00e9';
const edit = fc.record({
  at: fc.nat(),
  drop: fc.nat(20),
  add: fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 5 }),
});

describe('a share link', () => {
  it('gives back whatever was put into it', () => {
    fc.assert(
      fc.property(shared, (s) => {
        expect(decodeShare(encodeShare(s))).toEqual(s);
      }),
      { numRuns: 200 },
    );
  });

  it('has only characters that a fragment may have', () => {
    fc.assert(
      fc.property(shared, (s) => {
        expect(encodeShare(s)).toMatch(/^#1[A-Za-z0-9&=%._~!*'()-]*$/);
      }),
      { numRuns: 100 },
    );
  });

  it('that was damaged is refused with an InputError, or read, and nothing else', () => {
    fc.assert(
      fc.property(shared, fc.array(edit, { minLength: 1, maxLength: 4 }), (s, edits) => {
        let fragment = encodeShare(s);
        for (const { at, drop, add } of edits) {
          const i = at % (fragment.length + 1);
          fragment = fragment.slice(0, i) + add + fragment.slice(i + drop);
        }
        read(fragment);
      }),
      { numRuns: 500 },
    );
  });

  it('may be any text at all without harm', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String().map((b) => `#1&z=${b}`),
        ),
        (fragment) => {
          read(fragment);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('that was cut off anywhere within its data is refused', () => {
    const whole = encodeShare({
      source: { kind: 'asm', name: 'a.s', text: 'r0 = 0\nexit\n' },
      program: null,
      step: null,
      lens: 'path',
      workspace: 'verify',
      level: 2,
      packet: Uint8Array.of(1, 2, 3),
    });
    const start = whole.indexOf('z=') + 2;
    for (let end = start; end < whole.length; end++) {
      expect(read(whole.slice(0, end)), whole.slice(0, end)).toBeInstanceOf(InputError);
    }
  });

  it('of another format says that a newer page is needed', () => {
    expect(() => decodeShare('#2&z=AAAA')).toThrow(/format 2/);
  });

  it('without data is refused, and a plain fragment is no link', () => {
    expect(() => decodeShare('#1')).toThrow(InputError);
    expect(decodeShare('')).toBeNull();
    expect(decodeShare('#section-3')).toBeNull();
  });

  it('that unpacks to more than 16 MB is refused', () => {
    const big = encodeShare({
      source: { kind: 'object', name: 'zeros.o', bytes: new Uint8Array(17 << 20) },
      program: null,
      step: null,
      lens: 'path',
      workspace: 'verify',
      level: 2,
      packet: new Uint8Array(0),
    });
    expect(() => decodeShare(big)).toThrow(/16 MB/);
  });

  it('with keys that it does not know or values out of range falls back to what is usual', () => {
    const [, data] = FROZEN[0].link.split('&z=');
    expect(decodeShare(`#1&n=elsewhere&w=nowhere&l=9&s=-4&q=1&p=%E0%A4%A&z=${data}`)).toEqual(
      FROZEN[0].holds,
    );
  });
});

const packet = Uint8Array.of(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0);

/** Links that people have: what they hold must not change with the code. */
const FROZEN: readonly { readonly link: string; readonly holds: Shared }[] = [
  {
    link: '#1&z=M2VgYKhWys7MS1GyUkoszlXSUcpLzE0FcgoSi4v1ioH84vzSomSgiKGRDlAwOTu1RMnKoLbIQMFWwYgrtSKzhAsA',
    holds: {
      source: { kind: 'asm', name: 'pass.s', text: 'r0 = 2\nexit\n' },
      program: null,
      step: null,
      lens: 'path',
      workspace: 'verify',
      level: 2,
      packet: new Uint8Array(0),
    },
  },
  {
    link: '#1&p=prog&s=17&n=log&w=run&l=1&z=s2RgYKhWys7MS1GyUkoszlXSUcpLzE0FctKLDm87PD9VrxgoVJxfWpQMFDQ111EqSEzOTi1RsjI0qdXXVzi8J-_w-uT8lFSFR3Mmc-kVpyaXZObnKSiVJCtxFRTlp1txKQBBkYGCrYIBmJlakVnCxQS0lYEJTDJyMAAA',
    holds: {
      source: {
        kind: 'asm',
        name: 'größe.s',
        text: '// ünïcode ✓\n.section "tc"\nprog:\n    r0 = 0\n    exit\n',
      },
      program: 'prog',
      step: 17,
      lens: 'log',
      workspace: 'run',
      level: 1,
      packet,
    },
  },
  {
    link: '#1&p=a%20b%26c%3D1&s=1&n=program&z=s2dgYKhWys7MS1GyUspPykpNLlHSUcpLzE0F8hMVktSS9ZIK0vTygYLF-aVFyUBhYwMDHaWCxOTs1BIlK0OTWgZGJmYWVjZ2Dk4ubh5ePn4BQSFhEVExcQlJKWkZWTl5BUUlZRVVNXUNTS1tHV09fQNDI2MTUzNzC0sraxtbO3sHRydnF1c3dw9PL28fXz__gMCg4JDQsPCIyKjomNi4-ITEpOSU1LT0jMys7JzcvPyCwqLiktKy8orKquqa2rr6hsam5pbWtvaOzq7unt6-_gkTJ02eMnXa9BkzZ82eM3fe_AULFy1esnTZ8hUrV61es3bd-g0bN23esnXb9h07d-3es3ff_gMHDx0-cvTY8RMnT50-c_bc-QsXL12-cvXa9Rs3b92-c_fe_QcPHz1-8vTZ8xcvX71-8_bd-w8fP33-8vXb9x8_f_3-8_fff1L8zwQMbgYmMMnIwQAA',
    holds: {
      source: {
        kind: 'object',
        name: 'a b&c.bpf.o',
        bytes: Uint8Array.from({ length: 300 }, (_, i) => i & 255),
      },
      program: 'a b&c=1',
      step: 1,
      lens: 'program',
      workspace: 'verify',
      level: 2,
      packet,
    },
  },
];

describe('a link of an earlier day', () => {
  it.each(FROZEN)('still opens: $holds.source.name', ({ link, holds }) => {
    expect(decodeShare(link)).toEqual(holds);
  });
});
