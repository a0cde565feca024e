import type { Btf } from '../btf/btf.ts';
import { btfCheck } from '../btf/check/check.ts';
import type { Diagnostic, MapSpec, ObjectSpec, ProgramSpec, RefusedBtf } from './spec.ts';

/** Null when the kernel takes the BTF; else what BPF_BTF_LOAD answers. */
function refusalOf(btf: Btf): RefusedBtf | null {
  if (btfCheck(btf.raw, false).errno === 0) return null;
  const { errno, log } = btfCheck(btf.raw, true);
  return { btf, errno, message: log.trimEnd().split('\n').at(-1) ?? '' };
}

const untypedMap = (map: MapSpec): MapSpec => ({
  ...map,
  btfKeyTypeId: 0,
  btfValueTypeId: 0,
  inner: map.inner === null ? null : untypedMap(map.inner),
});

const EMPTY = new Uint8Array(0);

/** libbpf's bpf_object__sanitize_and_load_btf(), which says so and goes on unless the object cannot do without. */
function warning({ errno, message }: RefusedBtf, mandatory: boolean): Diagnostic {
  const words = mandatory ? "BTF is mandatory, can't proceed." : 'BTF is optional, ignoring.';
  return {
    severity: mandatory ? 'error' : 'warning',
    message: `Error loading .BTF into kernel: -${errno}. ${words} (${message})`,
    section: '.BTF',
    offset: null,
  };
}

/**
 * The object as libbpf goes on with it once it has asked the kernel for its BTF: unchanged where the kernel takes it;
 * else without types, function and line info. Struct_ops maps cannot do without, and fail every program.
 */
export function withKernelBtf(spec: ObjectSpec): ObjectSpec {
  const refused = spec.btf === null ? null : refusalOf(spec.btf);
  if (refused === null) return spec;
  const mandatory = spec.maps.some((m) => m.structOpsType !== null);
  const loadError = mandatory ? `BTF is mandatory, and the kernel refuses it: errno ${refused.errno}` : null;
  return {
    ...spec,
    btf: null,
    refusedBtf: refused,
    maps: spec.maps.map(untypedMap),
    programs: spec.programs.map(
      (prog): ProgramSpec => ({
        ...prog,
        funcInfo: EMPTY,
        lineInfo: EMPTY,
        loadError: prog.loadError ?? loadError,
      }),
    ),
    diagnostics: [...spec.diagnostics, warning(refused, mandatory)],
  };
}
