/** sizeof(struct pt_regs), x86-64 */
export const PT_REGS_SIZE = 168;
