import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ctxAccess, ctxLayout } from '../../../src-core/platform/ctx-access.ts';
import { funcIdName, HELPER_COUNT, helperProto } from '../../../src-core/platform/func-access.ts';
import { BPF_FUNC } from '../../../src-core/platform/helpers.gen.ts';
import { BPF_MAP_TYPE, helperTakesMap, mapTakesHelper } from '../../../src-core/platform/map-types.ts';
import { BPF_PROG_TYPE, type ProgKind, retvalBounds } from '../../../src-core/platform/prog-types.ts';
import { oracleMissing } from '../../kernel/oracle.ts';
import { askHelpers, CTX_OFFSETS, type KernelAnswers, KINDS } from './ask-kernel.ts';

const recorded = JSON.parse(
  readFileSync(new URL('./kernel-answers.json', import.meta.url), 'utf8'),
) as KernelAnswers;

function ourHelpers(kind: ProgKind): number[] {
  const ids = Array.from({ length: HELPER_COUNT }, (_, id) => id);
  return ids.filter((id) => helperProto({ ...kind, sleepable: false }, id) !== null);
}

function ourMask(kind: ProgKind, off: number, write: boolean): number {
  const layout = ctxLayout(kind)!;
  return [1, 2, 4, 8].reduce(
    (mask, size, i) => (ctxAccess(layout, off, size, write, false) === null ? mask : mask | (1 << i)),
    0,
  );
}

function ourContext(kind: ProgKind): string {
  let out = '';
  for (let off = 0; off < CTX_OFFSETS; off++) {
    out += ourMask(kind, off, false).toString(16) + ourMask(kind, off, true).toString(16);
  }
  return out;
}

describe.each(Object.entries(KINDS))('%s', (name, kind) => {
  it('may call the helpers that the kernel lets it call', () => {
    expect(ourHelpers(kind)).toEqual(recorded.helpers[name]);
    if (oracleMissing() === null) expect(askHelpers(kind)).toEqual(recorded.helpers[name]);
  });
  it('may access its context as in the kernel', () => {
    expect(ourContext(kind)).toBe(recorded.context[name]);
  });
});

describe('tables', () => {
  it('knows helpers by id', () => {
    expect(BPF_FUNC.map_lookup_elem).toBe(1);
    expect(funcIdName(211)).toBe('bpf_cgrp_storage_delete');
    expect(funcIdName(212)).toBe('unknown');
  });
  it('pairs maps and helpers both ways', () => {
    expect(mapTakesHelper(BPF_MAP_TYPE.hash, BPF_FUNC.map_lookup_elem)).toBe(true);
    expect(mapTakesHelper(BPF_MAP_TYPE.prog_array, BPF_FUNC.map_lookup_elem)).toBe(false);
    expect(mapTakesHelper(BPF_MAP_TYPE.sockmap, BPF_FUNC.map_update_elem)).toBe('update');
    expect(helperTakesMap(BPF_FUNC.tail_call, BPF_MAP_TYPE.hash)).toBe(false);
    expect(helperTakesMap(BPF_FUNC.map_lookup_elem, BPF_MAP_TYPE.hash)).toBe(true);
  });
  it('bounds return values by type', () => {
    expect(retvalBounds({ type: BPF_PROG_TYPE.xdp, attachType: 0 }, 0)).toBeNull();
    expect(retvalBounds({ type: BPF_PROG_TYPE.cgroup_skb, attachType: 1 }, 0)).toEqual({ min: 0, max: 3 });
  });
});
