import type { Btf } from '../btf/btf.ts';

/** A non-fatal remark of the loader (libbpf's warnings), with its place. */
export interface Diagnostic {
  readonly severity: 'warning' | 'error';
  readonly message: string;
  readonly section: string | null;
  readonly offset: number | null;
}

/** One map as libbpf would create it (`bpf_object__create_map()`), before any kernel is known. */
export interface MapSpec {
  readonly name: string;
  /** `enum bpf_map_type`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** 0 for a perf event array: as many as the kernel has CPUs. */
  readonly maxEntries: number;
  /** `BPF_F_*` of map creation. */
  readonly flags: number;
  /** Low 32 bits of map_extra, and its high 32 bits. */
  readonly mapExtra: number;
  readonly mapExtraHi: number;
  readonly numaNode: number;
  /** 0, or LIBBPF_PIN_BY_NAME (1). */
  readonly pinning: number;
  /** Type ids in the object's BTF, 0 when unknown. */
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  /** BTF id of the kernel structure that a struct_ops map implements, by name. */
  readonly structOpsType: string | null;
  /** Template of the inner map (map-in-map), or null. */
  readonly inner: MapSpec | null;
  /** Initial slots of a map-in-map or prog array: index -> name of the map or program. */
  readonly initialSlots: readonly { readonly index: number; readonly target: string }[];
  /** First value of a global-data map (.data/.rodata/.bss/.kconfig), or the struct_ops image; else null. */
  readonly initialValue: Uint8Array | null;
  /** libbpf freezes it after the first update (.rodata, .kconfig). */
  readonly frozen: boolean;
  /** ELF section that it comes from. */
  readonly section: string;
  /** False for struct_ops maps of a section that starts with `?`: libbpf does not create them. */
  readonly autocreate: boolean;
  /** Places of `initialValue` that take a program's fd: byte offset -> name of the program (struct_ops). */
  readonly structOpsSlots: readonly { readonly offset: number; readonly program: string }[];
}

/**
 * A place in the final instructions that waits for a number only a kernel can give. `insn` is the slot,
 * `mapIndex` counts in `ObjectSpec.maps` (names may repeat after truncation).
 * `map`: ld_imm64, src_reg BPF_PSEUDO_MAP_FD, imm = fd. `mapValue`: src_reg BPF_PSEUDO_MAP_VALUE, imm = fd,
 * the next slot's imm = `offset` (already in place). `ksym`: ld_imm64 of a kernel symbol's address (externs
 * without a type; typed externs and kfunc calls are BTF ids and already in place).
 */
export type Fixup =
  | { readonly kind: 'map'; readonly insn: number; readonly map: string; readonly mapIndex: number }
  | {
      readonly kind: 'mapValue';
      readonly insn: number;
      readonly map: string;
      readonly mapIndex: number;
      readonly offset: number;
    }
  | { readonly kind: 'ksym'; readonly insn: number; readonly symbol: string; readonly weak: boolean };

/** One main program, complete: subprograms appended, calls and CO-RE relocated, as handed to the kernel. */
export interface ProgramSpec {
  readonly name: string;
  readonly section: string;
  /** `enum bpf_prog_type`; 0 (UNSPEC) when the section name says nothing. */
  readonly type: number;
  /** `enum bpf_attach_type`. */
  readonly expectedAttachType: number;
  /** What follows the section prefix ("kprobe/do_unlinkat" -> "do_unlinkat"), or null. */
  readonly attachTarget: string | null;
  /** vmlinux BTF id of the attach target for BTF-typed programs, else 0. */
  readonly attachBtfId: number;
  /** `BPF_F_*` of program load that the section asks for (sleepable, xdp.frags). */
  readonly flags: number;
  /** Where the section names no type: a guess in words of namedProgKind(), for a chooser; else null. */
  readonly kindGuess: string | null;
  readonly autoload: boolean;
  /** Instruction bytes, 8 a slot; the fds that `fixups` name are 0. */
  readonly insns: Uint8Array;
  readonly fixups: readonly Fixup[];
  /** Records of 8 bytes: insn_off (in slots), type_id; empty when the object has no BTF.ext. */
  readonly funcInfo: Uint8Array;
  /** Records of 16 bytes: insn_off (in slots), file_name_off, line_off, line_col. */
  readonly lineInfo: Uint8Array;
  /** Subprograms in the order of their layout: first slot and symbol name; [0] is the program itself. */
  readonly subprograms: readonly { readonly start: number; readonly name: string }[];
  /**
   * Why libbpf would not hand this program to the kernel (a relocation that fails, an attach target that is
   * not there, an unknown section name), or null. `insns` is then as far as it got.
   */
  readonly loadError: string | null;
}

/** What BPF_BTF_LOAD says against an object's BTF. */
export interface RefusedBtf {
  readonly btf: Btf;
  /** Positive. */
  readonly errno: number;
  /** The last line of the kernel's log, which names the type that is wrong. */
  readonly message: string;
}

/** What libbpf makes of an object file; pure and the same everywhere. */
export interface ObjectSpec {
  readonly name: string;
  readonly license: string;
  /** `kern_version`, from section "version", or 0. */
  readonly version: number;
  /**
   * It needs the kernel's BTF (CO-RE, typed externs, BTF-typed attachment, struct_ops) or the configuration
   * that comes with it (CONFIG_* externs).
   */
  readonly needsVmlinux: boolean;
  /** The object's BTF as it is handed to the kernel (DATASECs completed, statics sanitised), or null. */
  readonly btf: Btf | null;
  /**
   * BTF that the object has and the kernel refuses: libbpf goes on without it, so that programs have neither
   * function nor line info and maps no types. Null when there is none.
   */
  readonly refusedBtf: RefusedBtf | null;
  readonly maps: readonly MapSpec[];
  readonly programs: readonly ProgramSpec[];
  readonly diagnostics: readonly Diagnostic[];
}
