/** Errno values of Linux on x86-64 (include/uapi/asm-generic/errno*.h), and the kernel's own ENOTSUPP. */
export const EPERM = 1;
export const ENOENT = 2;
export const E2BIG = 7;
export const EBADF = 9;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const EINVAL = 22;
export const ENOSPC = 28;
export const ERANGE = 34;
export const ENAMETOOLONG = 36;
export const ENOLINK = 67;
export const EOVERFLOW = 75;
export const ESTALE = 116;
export const ENOTSOCK = 88;
export const EOPNOTSUPP = 95;
/** Inside the kernel only, and yet what some commands answer. */
export const ELOOP = 40;
export const ENOTSUPP = 524;
