/** `enum bpf_core_relo_kind` (`include/uapi/linux/bpf.h`), in its order, with libbpf's names for them. */
export const CORE_RELO_KINDS = [
  'byte_off',
  'byte_sz',
  'field_exists',
  'signed',
  'lshift_u64',
  'rshift_u64',
  'local_type_id',
  'target_type_id',
  'type_exists',
  'type_size',
  'enumval_exists',
  'enumval_value',
  'type_matches',
] as const;

export type CoreReloKind = (typeof CORE_RELO_KINDS)[number];

export function isFieldBased(kind: CoreReloKind): boolean {
  return CORE_RELO_KINDS.indexOf(kind) <= 5;
}

export function isTypeBased(kind: CoreReloKind): boolean {
  return !isFieldBased(kind) && !isEnumvalBased(kind);
}

export function isEnumvalBased(kind: CoreReloKind): boolean {
  return kind === 'enumval_exists' || kind === 'enumval_value';
}

/** A relocation that libbpf refuses, which fails the program (or, in libbpf, the whole object). */
export class CoreError extends Error {
  override readonly name = 'CoreError';
}

/**
 * The name without its flavour: what stands before the last `___` between two other characters
 * (bpf_core_essential_name_len()).
 */
export function essentialName(name: string): string {
  for (let i = name.length - 5; i >= 0; i--) {
    if (name[i] !== '_' && name.startsWith('___', i + 1) && name[i + 4] !== '_') return name.slice(0, i + 1);
  }
  return name;
}
