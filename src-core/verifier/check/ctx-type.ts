import type { Btf } from '../../btf/btf.ts';
import type { BtfType } from '../../btf/types.ts';
import { isAttachedTo } from '../../platform/prog/kinds.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';

/** btf_is_projection_of(): the kernel's own structure stands for its user-visible view. */
const PROJECTION_OF: ReadonlyMap<string, string> = new Map([
  ['__sk_buff', 'sk_buff'],
  ['xdp_md', 'xdp_buff'],
]);

const MODIFIERS: ReadonlySet<string> = new Set(['typedef', 'volatile', 'const', 'restrict', 'type_tag']);

/** Follows typedefs, qualifiers and type tags (btf_type_skip_modifiers()). */
export function skip(btf: Btf, id: number): BtfType {
  let t = btf.typeById(id);
  while (MODIFIERS.has(t.kind) && 'type' in t) t = btf.typeById(t.type);
  return t;
}

export const isInt = (t: BtfType): boolean => t.kind === 'int' || t.kind === 'enum' || t.kind === 'enum64';

/** The kprobe context may go by its typedef. */
function isUserPtRegs(btf: Btf, id: number): boolean {
  let t = btf.typeById(id);
  while (MODIFIERS.has(t.kind) && t.kind !== 'typedef' && 'type' in t) t = btf.typeById(t.type);
  return t.kind === 'typedef' && t.name === 'bpf_user_pt_regs_t';
}

/** btf_is_prog_ctx_type(): does a pointer to type `id` mean the context? */
export function isCtxType(env: VerifierEnv, btf: Btf, id: number): boolean {
  if (env.prog.type === BPF_PROG_TYPE.kprobe && isUserPtRegs(btf, id)) return true;
  const t = skip(btf, id);
  if (t.kind !== 'struct' && t.kind !== 'union') return false;
  const ctx = env.ops.ctxType;
  // The canonical name is the typedef's; a structure may bear it as well.
  if (env.prog.type === BPF_PROG_TYPE.kprobe && t.name === 'bpf_user_pt_regs_t') return true;
  return ctx !== null && (t.name === ctx || PROJECTION_OF.get(ctx) === t.name);
}

/** Program types whose context may be a pointer to 64-bit words. */
const WORDS_CTX: ReadonlySet<number> = new Set([
  BPF_PROG_TYPE.raw_tracepoint,
  BPF_PROG_TYPE.raw_tracepoint_writable,
  BPF_PROG_TYPE.lsm,
  BPF_PROG_TYPE.struct_ops,
]);
/** Program types that take any type under the name of a context. */
const ANY_CTX: ReadonlySet<number> = new Set([
  BPF_PROG_TYPE.tracepoint,
  BPF_PROG_TYPE.syscall,
  BPF_PROG_TYPE.ext,
]);
/** Program types whose context is struct pt_regs, by that name or by its typedef. */
const REGS_CTX: ReadonlySet<number> = new Set([BPF_PROG_TYPE.kprobe, BPF_PROG_TYPE.perf_event]);

const isWord = (t: BtfType): boolean => t.kind === 'int' && t.size === 8;

/** What the context of a tracing program may be called, by the way it is attached. */
function suitsTracing(env: VerifierEnv, t: BtfType): boolean {
  if (isAttachedTo(env.prog, 'trace_iter')) return t.kind === 'struct' && t.name.startsWith('bpf_iter__');
  const isArgs = t.kind === 'struct' && t.name === 'bpf_raw_tracepoint_args';
  if (isAttachedTo(env.prog, 'trace_raw_tp') && isArgs) return true;
  return isWord(t);
}

function suitsByType(env: VerifierEnv, t: BtfType): boolean {
  const { type } = env.prog;
  if (ANY_CTX.has(type)) return true;
  if (type === BPF_PROG_TYPE.tracing) return suitsTracing(env, t);
  if (REGS_CTX.has(type) && t.kind === 'struct' && t.name === 'pt_regs') return true;
  return WORDS_CTX.has(type) && isWord(t);
}

/** btf_validate_prog_ctx_type(), Linux 6.18: may a parameter tagged arg:ctx point to type `id`? 0 or an errno. */
export function validateCtxType(env: VerifierEnv, btf: Btf, id: number, arg: number): number {
  if (REGS_CTX.has(env.prog.type) && isUserPtRegs(btf, id)) return 0;
  const t = skip(btf, id);
  if (t.kind === 'void') return 0;
  if (t.name === '') {
    return reject(env, EINVAL, "arg#%d type doesn't have a name\n", arg);
  }
  if (suitsByType(env, t)) return 0;
  const ctx = env.ops.ctxType;
  if (ctx === null) {
    return reject(env, EINVAL, 'arg#%d should be void pointer\n', arg);
  }
  if (t.kind === 'struct' && t.name === ctx) return 0;
  return reject(env, EINVAL, 'arg#%d should be `struct %s *`\n', arg, ctx);
}
