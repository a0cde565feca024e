import { progOps } from './ops.ts';

/** bpf_extension_verifier_ops: until it is bound to a program, an extension has nothing; then what that one has. */
export const EXT = progOps({
  type: 'ext',
  ctxType: null,
  context: () => 'args',
  convertsContext: false,
  helper: () => null,
  attachTypes: new Set([0]),
});
