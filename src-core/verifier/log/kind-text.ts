import type { BtfType } from '../../btf/types.ts';

const SPECIAL: Readonly<Record<string, string>> = {
  void: 'UNKNOWN',
  type_tag: 'TYPE_TAG',
  decl_tag: 'DECL_TAG',
};

/** btf_type_str(): the kind as messages name it. */
export const kindText = (t: BtfType): string => SPECIAL[t.kind] ?? t.kind.toUpperCase();

/** __btf_name_by_offset(): the name as messages give it. */
export const nameText = (name: string): string => (name === '' ? '(anon)' : name);
