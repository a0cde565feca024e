import type { Place } from './diagnostics.ts';
import type { ParsedInsn } from './insn.ts';

/** An instruction at its place in a section. */
export interface PlacedInsn extends ParsedInsn {
  readonly line: number;
  /** First slot in the section. */
  readonly slot: number;
}

export interface CodeSection {
  readonly name: string;
  readonly insns: PlacedInsn[];
  slots: number;
}

export interface DataSection {
  readonly name: string;
  readonly bytes: number[];
}

/** Where a label stands: a slot of a code section or a byte of a data section. */
export interface Label {
  readonly name: string;
  readonly place: Place;
  readonly section: CodeSection | DataSection;
  readonly at: number;
}

/** `size` alone, or with a C integer type. */
export interface MapSide {
  readonly size: number;
  readonly scalar: string | null;
}

export interface MapDecl {
  readonly name: string;
  readonly place: Place;
  type: number;
  key: MapSide | null;
  value: MapSide | null;
  maxEntries: number;
  flags: number;
  numaNode: number;
  mapExtra: number;
  pinning: number;
  /** Name of the map that an inner map looks like. */
  inner: { readonly name: string; readonly place: Place } | null;
}

/** What `.globl`, `.type` and the like say of a symbol. */
export interface Attributes {
  global: boolean;
  weak: boolean;
  hidden: boolean;
  isFunction: boolean;
  /** Arguments of a global subprogram. */
  args: number;
}

/** A whole text, parsed. */
export interface Source {
  readonly code: CodeSection[];
  readonly data: DataSection[];
  readonly labels: Map<string, Label>;
  readonly maps: Map<string, MapDecl>;
  readonly attributes: Map<string, Attributes>;
  license: string | null;
}

export function isCode(section: CodeSection | DataSection): section is CodeSection {
  return 'insns' in section;
}

export const NO_ATTRIBUTES: Readonly<Attributes> = {
  global: false,
  weak: false,
  hidden: false,
  isFunction: false,
  args: 0,
};
