/** A structure of functions that programs can implement (`struct bpf_struct_ops`), Linux 6.18. */
export interface StructOpsType {
  /** Members that no program may implement: they have no stub. */
  readonly unsupported: readonly string[];
  /** check_member(): members that a sleepable program may implement; null for all. */
  readonly sleepable: readonly string[] | null;
  /** A pointer to the first structure is given as the second (is_valid_access()). */
  readonly promotes: { readonly from: string; readonly to: string } | null;
}

/** Those of the reference kernel, by the structure's name. */
export const STRUCT_OPS_TYPES: Readonly<Record<string, StructOpsType>> = {
  tcp_congestion_ops: {
    unsupported: ['get_info'],
    sleepable: null,
    promotes: { from: 'sock', to: 'tcp_sock' },
  },
  bpf_dummy_ops: { unsupported: [], sleepable: ['test_sleepable'], promotes: null },
};
