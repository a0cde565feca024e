import { Thrown } from '../exception.ts';
import { type Kfunc, rawKfunc } from './kfunc.ts';

/** Exceptions (kernel/bpf/helpers.c, Linux 6.18). */
export const EXCEPTION_KFUNCS: readonly Kfunc[] = [
  rawKfunc('bpf_throw', 1, (rt) => {
    throw new Thrown(rt.arg(1), rt.argHi(1));
  }),
];
