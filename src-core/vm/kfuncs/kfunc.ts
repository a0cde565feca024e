import type { Callbacks } from '../helpers/callback.ts';
import { callbackHelper, type Helper, helper, intHelper } from '../helpers/helper.ts';
import type { Runtime } from '../runtime.ts';

/** A kernel function as the engines call it: like a helper, with a number of our own. */
export type Kfunc = Helper;

/** Ours: numbers of kernel functions start here, behind those of helpers. */
export const FIRST_KFUNC = 0x100000;

/** Numbers are given by the registry. */
const UNNUMBERED = 0;

export const kfunc = (name: string, args: Helper['args'], call: (rt: Runtime) => number): Kfunc =>
  intHelper(UNNUMBERED, name, args, call);

/** One that leaves its whole result itself, or none. */
export const rawKfunc = (name: string, args: Helper['args'], call: (rt: Runtime) => void): Kfunc =>
  helper(UNNUMBERED, name, args, call);

export const callbackKfunc = (
  name: string,
  args: Helper['args'],
  callbacks: (rt: Runtime) => Callbacks | null,
): Kfunc => callbackHelper(UNNUMBERED, name, args, callbacks);
