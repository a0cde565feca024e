import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';
import { memberPlace } from '../state/kernel-member.ts';
import { Unsupported } from '../state/unsupported.ts';

/** A store into a structure of the kernel. */
export interface StructWrite {
  /** vmlinux BTF id of the structure. */
  readonly typeId: number;
  readonly off: number;
  readonly size: number;
}

/** Members of struct tcp_sock that a congestion control may write, as paths; the array anywhere in it. */
const TCP_SOCK_WRITABLE: readonly {
  readonly struct: string;
  readonly path: string;
  readonly inside?: true;
}[] = [
  { struct: 'sock', path: 'sk_pacing_rate' },
  { struct: 'sock', path: 'sk_pacing_status' },
  { struct: 'inet_connection_sock', path: 'icsk_ca_priv', inside: true },
  { struct: 'inet_connection_sock', path: 'icsk_ack.pending' },
  { struct: 'tcp_sock', path: 'snd_cwnd' },
  { struct: 'tcp_sock', path: 'snd_cwnd_cnt' },
  { struct: 'tcp_sock', path: 'snd_cwnd_stamp' },
  { struct: 'tcp_sock', path: 'snd_ssthresh' },
  { struct: 'tcp_sock', path: 'ecn_flags' },
  { struct: 'tcp_sock', path: 'app_limited' },
];

/** bpf_tcp_ca_btf_struct_access() */
function tcpSockWrite(env: VerifierEnv, w: StructWrite): number {
  if (w.typeId !== env.kernelType('tcp_sock', 'struct')) {
    return reject(env, EACCES, 'only read is supported\n');
  }
  for (const { struct, path, inside } of TCP_SOCK_WRITABLE) {
    const at = memberPlace(env.kernelBtf, env.kernelType(struct, 'struct'), path.split('.'));
    if (at === null) throw new Unsupported(`member ${path} of struct ${struct}`);
    const hit = inside === true ? w.off >= at.start && w.off < at.end : w.off === at.start;
    if (!hit) continue;
    if (w.off + w.size <= at.end) return 0;
    return reject(
      env,
      EACCES,
      'write access at off %d with size %d beyond the member of tcp_sock ended at %zu\n',
      w.off,
      w.size,
      at.end,
    );
  }
  return reject(env, EACCES, 'no write support to tcp_sock at off %d\n', w.off);
}

/** bpf_dummy_ops_btf_struct_access() */
function dummyStateWrite(env: VerifierEnv, w: StructWrite): number {
  const state = env.kernelType('bpf_dummy_ops_state', 'struct');
  if (w.typeId !== state) {
    return reject(env, EACCES, 'only access to bpf_dummy_ops_state is supported\n');
  }
  if (w.off + w.size <= env.kernelBtf.resolveSize(state)) return 0;
  return reject(env, EACCES, 'write access at off %d with size %d\n', w.off, w.size);
}

/** _nf_conntrack_btf_struct_access(): programs of tc and XDP may set the mark of a connection. */
function connectionWrite(env: VerifierEnv, w: StructWrite): number {
  const btf = env.kernelBtf;
  const types = ['nf_conn', 'nf_conn___init'].map((name) => btf.findByName(name, 'struct'));
  if (!types.includes(w.typeId)) return reject(env, EACCES, 'only read is supported\n');
  const mark = memberPlace(btf, env.kernelType('nf_conn', 'struct'), ['mark']);
  if (mark === null || w.off !== mark.start) {
    return reject(env, EACCES, 'no write support to nf_conn at off %d\n', w.off);
  }
  if (w.off + w.size <= mark.end) return 0;
  return reject(
    env,
    EACCES,
    'write access at off %d with size %d beyond the member of nf_conn ended at %zu\n',
    w.off,
    w.size,
    mark.end,
  );
}

/** `env->ops->btf_struct_access`, Linux 6.18: may the program write there? 0 or an errno. */
export function checkStructWrite(env: VerifierEnv, w: StructWrite): number {
  switch (env.target?.struct) {
    case 'tcp_congestion_ops':
      return tcpSockWrite(env, w);
    case 'bpf_dummy_ops':
      return dummyStateWrite(env, w);
    default:
      return connectionWrite(env, w);
  }
}
