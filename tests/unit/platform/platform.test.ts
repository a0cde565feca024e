import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { funcIdName, HELPER_COUNT, helperProto } from '../../../src-core/platform/func-access.ts';
import { BPF_FUNC } from '../../../src-core/platform/helpers.gen.ts';
import { BPF_MAP_TYPE, helperTakesMap, mapTakesHelper } from '../../../src-core/platform/map-types.ts';
import { type CtxLayout, ctxAccess } from '../../../src-core/platform/prog/context.ts';
import { checkProgLoad } from '../../../src-core/platform/prog/load-check.ts';
import { progOpsOf } from '../../../src-core/platform/prog/registry.ts';
import { BPF_ATTACH_TYPE, BPF_PROG_TYPE } from '../../../src-core/uapi/prog-types.ts';
import { oracleMissing } from '../../kernel/oracle.ts';
import {
  type AskedKind,
  askHelpers,
  CONTEXT_KINDS,
  CTX_OFFSETS,
  type KernelAnswers,
  KINDS,
} from './ask-kernel.ts';

const recorded = JSON.parse(
  readFileSync(new URL('./kernel-answers.json', import.meta.url), 'utf8'),
) as KernelAnswers;

function ourHelpers(kind: AskedKind): number[] {
  const ids = Array.from({ length: HELPER_COUNT }, (_, id) => id);
  return ids.filter((id) => helperProto(kind, id) !== null);
}

function ourMask(layout: CtxLayout, off: number, write: boolean): number {
  return [1, 2, 4, 8].reduce((mask, size, i) => {
    const allowed = ctxAccess(layout, { off, size, write, isLdsx: false }) !== null;
    return allowed ? mask | (1 << i) : mask;
  }, 0);
}

function ourContext(kind: AskedKind): string {
  const layout = progOpsOf(kind.type)?.context(kind);
  if (layout === undefined || layout === 'args') throw new Error('no layout');
  let out = '';
  for (let off = 0; off < CTX_OFFSETS; off++) {
    out += ourMask(layout, off, false).toString(16) + ourMask(layout, off, true).toString(16);
  }
  return out;
}

describe.each(Object.entries(KINDS))('%s', (name, kind) => {
  it('may call the helpers that the kernel lets it call', () => {
    expect(ourHelpers(kind)).toEqual(recorded.helpers[name]);
  });
});

describe.each(CONTEXT_KINDS)('%s', (name, kind) => {
  it('may access its context as in the kernel', () => {
    expect(ourContext(kind)).toBe(recorded.context[name]);
  });
});

describe.skipIf(oracleMissing() !== null)('the running kernel', () => {
  it.each(['socket_filter', 'cgroup_inet4_connect', 'iter_tcp', 'tcp_release'])(
    'lets %s call what is recorded',
    (name) => {
      expect(askHelpers(KINDS[name])).toEqual(recorded.helpers[name]);
    },
  );
});

describe('tables', () => {
  it('knows helpers by id', () => {
    expect(BPF_FUNC.map_lookup_elem).toBe(1);
    expect(funcIdName(211)).toBe('bpf_cgrp_storage_delete');
    expect(funcIdName(212)).toBe('unknown');
  });
  it('refuses attach types before the verifier is asked', () => {
    const load = { attachBtfId: 0, hasDstProg: false };
    const sockAddr = { ...load, type: BPF_PROG_TYPE.cgroup_sock_addr };
    expect(checkProgLoad({ ...sockAddr, expectedAttachType: BPF_ATTACH_TYPE.xdp })).toBe(22);
    expect(checkProgLoad({ ...sockAddr, expectedAttachType: BPF_ATTACH_TYPE.cgroup_inet6_bind })).toBe(0);
    expect(checkProgLoad({ ...load, type: BPF_PROG_TYPE.cgroup_sock, expectedAttachType: 0 })).toBe(0);
    expect(checkProgLoad({ ...load, type: BPF_PROG_TYPE.lirc_mode2, expectedAttachType: 0 })).toBe(22);
    expect(checkProgLoad({ ...load, type: BPF_PROG_TYPE.xdp, expectedAttachType: 0, attachBtfId: 1 })).toBe(
      22,
    );
  });
  it('pairs maps and helpers both ways', () => {
    expect(mapTakesHelper(BPF_MAP_TYPE.hash, BPF_FUNC.map_lookup_elem)).toBe(true);
    expect(mapTakesHelper(BPF_MAP_TYPE.prog_array, BPF_FUNC.map_lookup_elem)).toBe(false);
    expect(mapTakesHelper(BPF_MAP_TYPE.sockmap, BPF_FUNC.map_update_elem)).toBe('update');
    expect(helperTakesMap(BPF_FUNC.tail_call, BPF_MAP_TYPE.hash)).toBe(false);
    expect(helperTakesMap(BPF_FUNC.map_lookup_elem, BPF_MAP_TYPE.hash)).toBe(true);
  });
  it('bounds return values by type', () => {
    const xdp = { type: BPF_PROG_TYPE.xdp, attachType: 0 };
    const egress = { type: BPF_PROG_TYPE.cgroup_skb, attachType: 1 };
    expect(progOpsOf(xdp.type)?.retval(xdp)).toBeNull();
    expect(progOpsOf(egress.type)?.retval(egress)).toEqual({ min: 0, max: 3 });
  });
});
