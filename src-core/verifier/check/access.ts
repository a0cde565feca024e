/** One access: `off` is the instruction's offset, then that plus the register's. */
export interface Access {
  readonly insnIdx: number;
  readonly regno: number;
  readonly off: number;
  /** Bytes: 1, 2, 4 or 8. */
  readonly size: number;
  readonly write: boolean;
  /** Register read or written, -1 for none. */
  readonly valueRegno: number;
  readonly isLdsx: boolean;
}
