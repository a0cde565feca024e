import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markRegKnown, markRegUnknown, regBoundsSync } from '../../../../src-core/verifier/domain/index.ts';
import { BpfLog } from '../../../../src-core/verifier/log/bpf-log.ts';
import { format } from '../../../../src-core/verifier/log/format.ts';
import { regTypeStr, tnumStr } from '../../../../src-core/verifier/log/state.ts';
import * as T from '../../../../src-core/verifier/state/reg-type.ts';

describe('BpfLog', () => {
  it('is a string that can be cut back', () => {
    const step = fc.oneof(fc.string({ maxLength: 5 }), fc.nat({ max: 400 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1500 }), (steps) => {
        const log = new BpfLog(2);
        let text = '';
        for (const s of steps) {
          if (typeof s === 'string') {
            log.write(s);
            text += s;
          } else {
            log.reset(s);
            text = text.slice(0, s);
          }
          expect(log.endPos).toBe(text.length);
        }
        expect(log.toString()).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps nothing at level 0', () => {
    const log = new BpfLog(0);
    log.write('x');
    expect([log.endPos, log.toString()]).toEqual([0, '']);
  });

  it('forgets its beginning past its capacity', () => {
    const log = new BpfLog(1, 1000);
    for (let i = 0; i < 5000; i++) log.write('0123456789');
    expect(log.endPos).toBe(50_000);
    expect(log.toString()).toBe('0123456789'.repeat((50_000 - log.startPos) / 10));
    log.reset(log.startPos - 5);
    expect(log.toString()).toBe('');
  });
});

describe('format', () => {
  it.each([
    ['R%d %s', [3, 'ctx'], 'R3 ctx'],
    ['%u', [-1], '4294967295'],
    ['%x %#x %02x', [255, -1, 5], 'ff 0xffffffff 05'],
    ['%+d %+d', [5, -5], '+5 -5'],
    ['%lld %llx', [-7, -1], '-7 ffffffffffffffff'],
    ['100%%', [], '100%'],
  ])('%s', (fmt, args, expected) => {
    expect(format(fmt, args)).toBe(expected);
  });
});

describe('text of registers', () => {
  it('names types', () => {
    expect(regTypeStr(T.PTR_TO_MAP_VALUE_OR_NULL)).toBe('map_value_or_null');
    expect(regTypeStr(T.PTR_TO_BTF_ID | T.PTR_MAYBE_NULL | T.PTR_TRUSTED)).toBe('trusted_ptr_or_null_');
    expect(regTypeStr(T.PTR_TO_MEM | T.MEM_RDONLY)).toBe('rdonly_mem');
  });

  it('prints tnums in decimal up to 65535', () => {
    const reg = new Int32Array(16);
    const known = (lo: number, hi: number): string => {
      markRegKnown(reg, 0, lo, hi);
      return tnumStr(reg, 0);
    };
    expect([known(65535, 0), known(65536, 0), known(-1, -1)]).toEqual([
      '65535',
      '0x10000',
      '0xffffffffffffffff',
    ]);
    markRegUnknown(reg, 0);
    reg[11] = 0;
    reg[10] = 255;
    regBoundsSync(reg, 0);
    expect(tnumStr(reg, 0)).toBe('(0x0; 0xff)');
  });
});
