/** Limits of Linux 6.18 that a program can run into (include/linux/bpf.h, bpf_verifier.h, filter.h). */

/** Bytes of stack of one program, all its frames together. */
export const MAX_BPF_STACK = 512;
/** Nested bpf-to-bpf calls. */
export const MAX_CALL_FRAMES = 8;
export const BPF_MAX_SUBPROGS = 256;
/** Instructions of one program: privileged, unprivileged. */
export const BPF_COMPLEXITY_LIMIT_INSNS = 1_000_000;
export const BPF_MAXINSNS = 4096;
/** Branches waiting to be walked. */
export const BPF_COMPLEXITY_LIMIT_JMP_SEQ = 8192;
/** Saved states of one instruction (unprivileged). */
export const BPF_COMPLEXITY_LIMIT_STATES = 64;
export const BPF_MAX_LOOPS = 8 * 1024 * 1024;
export const MAX_USED_MAPS = 64;
export const MAX_USED_BTFS = 64;
export const MAX_TAIL_CALL_CNT = 33;
export const MAX_PACKET_OFF = 0xffff;
/** Largest constant or variable offset in pointer arithmetic. */
export const BPF_MAX_VAR_OFF = 1 << 29;
/** Largest size argument of a helper. */
export const BPF_MAX_VAR_SIZ = 1 << 29;
/** Smallest stack that gets a private one. */
export const BPF_PRIV_STACK_MIN_SIZE = 64;
/** Arguments of a traced function. */
export const MAX_BPF_FUNC_ARGS = 12;
export const BPF_OBJ_NAME_LEN = 16;
