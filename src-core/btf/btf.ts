/** The parsed form of BTF; see the toolchain contract in PLAN.md. Replaced by the real parser. */
export interface Btf {
  readonly raw: Uint8Array;
}
