/**
 * One BTF type, decoded (`struct btf_type` and what follows it, `include/uapi/linux/btf.h`). The raw words
 * stay beside what is decoded from them. Type references are ids in the same `Btf`; 0 is void.
 */
interface Common {
  readonly id: number;
  /** Empty string: anonymous. */
  readonly name: string;
  readonly nameOff: number;
  /** vlen (bits 0-15), kind (24-28), kind_flag (31). */
  readonly info: number;
  readonly kindFlag: boolean;
}

export interface BtfVoid extends Common {
  readonly kind: 'void';
}

export interface BtfInt extends Common {
  readonly kind: 'int';
  /** Bytes. */
  readonly size: number;
  /** The word after the type: encoding, bit offset, bits. */
  readonly data: number;
  /** `BTF_INT_SIGNED` 1, `BTF_INT_CHAR` 2, `BTF_INT_BOOL` 4. */
  readonly encoding: number;
  readonly bitOffset: number;
  readonly bits: number;
}

/** Kinds that only name another type. `type_tag`: the tag's text is `name`. */
export interface BtfRef extends Common {
  readonly kind: 'ptr' | 'typedef' | 'volatile' | 'const' | 'restrict' | 'type_tag';
  readonly type: number;
}

export interface BtfArray extends Common {
  readonly kind: 'array';
  readonly type: number;
  readonly indexType: number;
  readonly nelems: number;
}

export interface BtfMember {
  readonly name: string;
  readonly nameOff: number;
  readonly type: number;
  /** The raw word: with kind_flag, bitfield size in its top 8 bits. */
  readonly offset: number;
  readonly bitOffset: number;
  /** Bits, 0 when it is no bitfield (or an old-style one, whose int type tells). */
  readonly bitfieldSize: number;
}

export interface BtfComposite extends Common {
  readonly kind: 'struct' | 'union';
  readonly size: number;
  readonly members: readonly BtfMember[];
}

export interface BtfEnum extends Common {
  readonly kind: 'enum';
  readonly size: number;
  /** `value` is signed when kind_flag is set, else unsigned; `raw` is the word as s32. */
  readonly values: readonly {
    readonly name: string;
    readonly nameOff: number;
    readonly value: number;
    readonly raw: number;
  }[];
}

export interface BtfEnum64 extends Common {
  readonly kind: 'enum64';
  readonly size: number;
  /** Halves as uint32; signed 64-bit when kind_flag is set. */
  readonly values: readonly {
    readonly name: string;
    readonly nameOff: number;
    readonly lo: number;
    readonly hi: number;
  }[];
}

/** Forward declaration; kind_flag: union. */
export interface BtfFwd extends Common {
  readonly kind: 'fwd';
}

export interface BtfFunc extends Common {
  readonly kind: 'func';
  /** Its FUNC_PROTO. */
  readonly type: number;
  /** `BTF_FUNC_STATIC` 0, `BTF_FUNC_GLOBAL` 1, `BTF_FUNC_EXTERN` 2. */
  readonly linkage: number;
}

export interface BtfParam {
  readonly name: string;
  readonly nameOff: number;
  /** 0 in the last place: `...`. */
  readonly type: number;
}

export interface BtfFuncProto extends Common {
  readonly kind: 'func_proto';
  /** Return type. */
  readonly type: number;
  readonly params: readonly BtfParam[];
}

export interface BtfVar extends Common {
  readonly kind: 'var';
  readonly type: number;
  /** `BTF_VAR_STATIC` 0, `BTF_VAR_GLOBAL_ALLOCATED` 1, `BTF_VAR_GLOBAL_EXTERN` 2. */
  readonly linkage: number;
}

export interface BtfVarSecinfo {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

export interface BtfDatasec extends Common {
  readonly kind: 'datasec';
  readonly size: number;
  readonly vars: readonly BtfVarSecinfo[];
}

export interface BtfFloat extends Common {
  readonly kind: 'float';
  readonly size: number;
}

/** The tag's text is `name`; `componentIdx` -1: the type itself, else member or argument. */
export interface BtfDeclTag extends Common {
  readonly kind: 'decl_tag';
  readonly type: number;
  readonly componentIdx: number;
}

export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfRef
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfEnum64
  | BtfFwd
  | BtfFunc
  | BtfFuncProto
  | BtfVar
  | BtfDatasec
  | BtfFloat
  | BtfDeclTag;
