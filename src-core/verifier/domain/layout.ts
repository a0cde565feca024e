/**
 * Where the numeric knowledge of one register lies in an Int32Array (`struct bpf_reg_state`: var_off and
 * the 64- and 32-bit bounds). Every domain function takes (array, offset of word 0), so a whole frame of
 * registers can share one array and be copied with one `set`.
 */
export const VAL_LO = 0;
export const VAL_HI = 1;
export const MASK_LO = 2;
export const MASK_HI = 3;
export const SMIN_LO = 4;
export const SMIN_HI = 5;
export const SMAX_LO = 6;
export const SMAX_HI = 7;
export const UMIN_LO = 8;
export const UMIN_HI = 9;
export const UMAX_LO = 10;
export const UMAX_HI = 11;
export const S32_MIN = 12;
export const S32_MAX = 13;
export const U32_MIN = 14;
export const U32_MAX = 15;
/** Words of one register. Unsigned 32-bit values are stored as int32 bit patterns: compare with `>>> 0`. */
export const NUM_WORDS = 16;
