import { describe, expect, it } from 'vitest';
import { btfCheck } from '../../../src-core/btf/check/check.ts';
import { closeFd, loadBtf, oracleMissing } from '../../kernel/oracle.ts';
import { blob, int32, strings, type } from '../../support/btf-words.ts';

const { text, at } = strings('int', 'a', 'b', 'f', '.bss', '1x', 'x\x01', 'café');
const INT = int32(at.int);
const member = (name: number, id: number, offset: number): number[] => [name, id, offset];
const one = (...types: number[][]): Uint8Array => blob([INT, ...types], text);
const chain = (n: number): number[][] => Array.from({ length: n }, (_, i) => type('const', 0, i + 3));

/** Name of the case, the blob, the errno and the last line that Linux 6.18.44 answers with. */
const CASES: readonly (readonly [string, Uint8Array, number, string])[] = [
  ['an int is taken', one(), 0, '[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED'],
  ['wrong magic', blob([INT], text, [0x0001_eb9e]), 22, 'Invalid magic'],
  ['wrong version', blob([INT], text, [0x0002_eb9f]), 524, 'Unsupported version'],
  ['flags', blob([INT], text, [0x0101_eb9f]), 524, 'Unsupported flags'],
  ['a header longer than the data', blob([INT], text, [null, 4000]), 22, 'btf_header not found'],
  ['a longer header that is not zero', blob([INT], text, [null, 28]), 7, 'Unsupported btf_header'],
  ['a gap between sections', blob([INT], text, [null, null, 4]), 22, 'Unsupported section found'],
  ['sections that overlap', blob([INT], text, [null, null, null, null, 12]), 22, 'Section overlap found'],
  [
    'a section behind the end',
    blob([INT], text, [null, null, null, null, 900]),
    22,
    'Invalid section offset',
  ],
  ['strings without end', blob([INT], `${text}x`), 22, 'Invalid string section'],
  ['strings that do not start empty', blob([INT], `x${text}`), 22, 'Invalid string section'],
  ['no types', blob([], text), 22, 'No type found'],
  ['a kind that is none', one([0, 31 << 24, 0]), 22, '[2] Invalid kind:31'],
  ['reserved bits of info', one([0, 0x0201_0000, 0]), 22, '[2] Invalid btf_info:2010000'],
  ['a name past the strings', one(type('ptr', 999, 1)), 22, '[2] Invalid name_offset:999'],
  ['a type cut short', blob([INT, [0, 1 << 24]], text), 22, '[2] meta_left:8 meta_needed:12'],
  [
    'an int without its word',
    blob([INT, type('int', at.a, 4)], text),
    22,
    '[2] INT a meta_left:0 meta_needed:4',
  ],
  ['an int of 129 bits', one(type('int', at.a, 32, [129])), 22, 'nr_bits exceeds 128'],
  ['an int with more bits than bytes', one(type('int', at.a, 1, [9])), 22, 'nr_bits exceeds type_size'],
  ['an int of two encodings', one(type('int', at.a, 4, [0x0300_0020])), 524, 'Unsupported encoding'],
  ['a pointer with a name', one(type('ptr', at.a, 1)), 22, 'PTR a type_id=1 Invalid name'],
  ['a typedef without a name', one(type('typedef', 0, 1)), 22, 'TYPEDEF (anon) type_id=1 Invalid name'],
  ['a name that starts with a digit', one(type('typedef', at['1x'], 1)), 22, 'Invalid name'],
  ['a name with a control character', one(type('typedef', at['x\x01'], 1)), 22, 'Invalid name'],
  ['a Latin-1 letter in a name', one(type('typedef', at.café, 1)), 0, '[2] TYPEDEF café type_id=1'],
  ['kind_flag of a const', one(type('const', 0, 1, [], { flag: true })), 22, 'Invalid btf_info kind_flag'],
  [
    'kind_flag of a type tag',
    one(type('typeTag', at.a, 1, [], { flag: true })),
    0,
    '[2] TYPE_TAG a type_id=1',
  ],
  ['a type that is not there', one(type('ptr', 0, 9)), 22, '[2] PTR (anon) type_id=9 Invalid type_id'],
  [
    'a loop of modifiers',
    one(type('const', 0, 3), type('volatile', 0, 2)),
    17,
    'CONST (anon) type_id=3 Loop detected',
  ],
  ['a chain of 33', one(...chain(32), type('const', 0, 1)), 7, 'Exceeded max resolving depth:32'],
  [
    'a tag behind a const',
    one(type('const', 0, 3), type('typeTag', at.a, 1)),
    22,
    "Type tags don't precede modifiers",
  ],
  ['a forward declaration without a name', one(type('fwd', 0, 0)), 22, 'FWD (anon) struct Invalid name'],
  ['an array of void', one(type('array', 0, 0, [0, 1, 2])), 22, 'Invalid elem'],
  [
    'an array indexed by a pointer',
    one(type('array', 0, 0, [1, 3, 2]), type('ptr', 0, 1)),
    22,
    'Invalid index',
  ],
  ['an array of 4 GiB', one(type('array', 0, 0, [1, 1, 0x4000_0000])), 22, 'Array size overflows U32_MAX'],
  ['a member of void', one(type('struct', at.a, 4, member(at.b, 0, 0), { vlen: 1 })), 22, 'Invalid type_id'],
  [
    'a member behind its structure',
    one(type('struct', at.a, 4, member(at.b, 1, 64), { vlen: 1 })),
    22,
    'Member bits_offset exceeds its struct size',
  ],
  [
    'a member that does not fit',
    one(type('struct', at.a, 4, member(at.b, 1, 8), { vlen: 1 })),
    22,
    'Member exceeds struct_size',
  ],
  [
    'members in the wrong order',
    one(type('struct', at.a, 8, [...member(at.b, 1, 32), ...member(at.f, 1, 0)], { vlen: 2 })),
    22,
    'Invalid member bits_offset',
  ],
  [
    'a union member with an offset',
    one(type('union', at.a, 8, member(at.b, 1, 32), { vlen: 1 })),
    22,
    'Invalid member bits_offset',
  ],
  [
    'a pointer member between bytes',
    one(type('ptr', 0, 1), type('struct', at.a, 16, member(at.b, 2, 4), { vlen: 1 })),
    22,
    'Member is not byte aligned',
  ],
  [
    'a bit field wider than its int',
    one(type('struct', at.a, 8, member(at.b, 1, 33 << 24), { vlen: 1, flag: true })),
    22,
    'Invalid member bitfield_size',
  ],
  [
    'a structure that holds itself',
    one(type('struct', at.a, 8, member(at.b, 2, 0), { vlen: 1 })),
    17,
    'Loop detected',
  ],
  ['an enum of three bytes', one(type('enum', at.a, 3)), 22, 'Unexpected size'],
  [
    'an enumerator without a name',
    one(type('enum', at.a, 4, [0, 1], { vlen: 1 })),
    22,
    '[2] ENUM a size=4 vlen=1 Invalid name',
  ],
  ['negative enumerators', one(type('enum', at.a, 4, [at.b, -1], { vlen: 1, flag: true })), 0, '\tb val=-1'],
  ['64-bit enumerators', one(type('enum64', at.a, 8, [at.b, 1, 1], { vlen: 1 })), 0, '\tb val=4294967297'],
  [
    'a function with odd linkage',
    one(type('proto', 0, 0), type('func', at.f, 2, [], { vlen: 2 })),
    22,
    'Invalid func linkage',
  ],
  ['a function that is an int', one(type('func', at.f, 1)), 22, '[2] FUNC f type_id=1 Invalid type_id'],
  [
    'a parameter without a name',
    one(type('proto', 0, 1, [0, 1], { vlen: 1 }), type('func', at.f, 2)),
    22,
    'Invalid arg#1',
  ],
  [
    'varargs',
    one(type('proto', 0, 1, [at.a, 1, 0, 0], { vlen: 2 })),
    0,
    '[2] FUNC_PROTO (anon) return=1 args=(1 a, vararg)',
  ],
  [
    'a variable of odd linkage',
    one(type('var', at.a, 1, [2])),
    22,
    'VAR a type_id=1 linkage=2 Linkage not supported',
  ],
  ['a section of size 0', one(type('datasec', at['.bss'], 0)), 22, 'size == 0'],
  [
    'a section of a type',
    one(type('datasec', at['.bss'], 4, [1, 0, 4], { vlen: 1 })),
    22,
    'Not a VAR kind member',
  ],
  [
    'a section variable too small',
    one(type('var', at.a, 1, [1]), type('datasec', at['.bss'], 4, [2, 0, 2], { vlen: 1 })),
    22,
    'Invalid size',
  ],
  ['a float of three bytes', one(type('float', at.a, 3)), 22, 'FLOAT a size=3 Invalid type_size'],
  [
    'a declaration tag on an int',
    one(type('declTag', at.a, 1, [-1])),
    22,
    'DECL_TAG a type=1 component_idx=-1 Invalid type_id',
  ],
  [
    'a declaration tag past the members',
    one(type('struct', at.a, 4, member(at.b, 1, 0), { vlen: 1 }), type('declTag', at.a, 2, [1])),
    22,
    'Invalid component_idx',
  ],
];

const lastLine = (log: string): string => log.replace(/\n$/, '').split('\n').at(-1) ?? '';
const missing = oracleMissing();

describe('BPF_BTF_LOAD, case by case,', () => {
  it.each(CASES)('%s', (_, bytes, errno, end) => {
    const ours = btfCheck(bytes, true);
    expect({ errno: ours.errno, end: lastLine(ours.log).slice(-end.length) }).toEqual({ errno, end });
  });

  it.skipIf(missing !== null)(
    `the live kernel says the same${missing === null ? '' : ` (skipped: ${missing})`}`,
    () => {
      for (const [name, bytes] of CASES) {
        const { fd, errno, log } = loadBtf(bytes, 1);
        if (fd !== null) closeFd(fd);
        expect({ name, errno: btfCheck(bytes, true).errno, log: btfCheck(bytes, true).log }).toEqual({
          name,
          errno,
          log,
        });
      }
    },
  );
});
