import type { Btf } from '../../btf/btf.ts';
import { fieldTypeName } from '../../platform/btf-record.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { tnumStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import { isGplCompatible } from '../passes/subprogs.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EFAULT, EINVAL } from '../state/errno.ts';
import { recordOfType } from '../state/records.ts';
import type { Reg } from '../state/reg.ts';
import { BTF_VMLINUX } from '../state/reg.ts';
import {
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  MEM_RDONLY,
  MEM_USER,
  NON_OWN_REF,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_MEM,
  PTR_TRUSTED,
  PTR_UNTRUSTED,
  typeMayBeNull,
} from '../state/reg-type.ts';
import { Unsupported } from '../state/unsupported.ts';
import type { Access } from './access.ts';
import { inRcuCs } from './context.ts';
import { isRcuReg, isTrustedReg, markRegKnownZero, markRegUnknown, valLo, varOffConst } from './regs.ts';
import { structAccess, type Walked } from './struct-walk.ts';
import { checkStructWrite } from './struct-write.ts';

const TRUSTED_FLAGS = MEM_ALLOC | PTR_TRUSTED | NON_OWN_REF | MEM_RCU;

/** A pointer member that was followed. */
interface Followed {
  readonly btf: Btf;
  /** The structure that the register points to. */
  readonly typeName: string;
  readonly kind: 'struct' | 'union';
  readonly field: string;
  /** What the member points to. */
  readonly id: number;
}

/** btf_nested_type_is_trusted(): does the kernel list the member under the structure's name and this suffix? */
function isListed(m: Followed, suffix: string): boolean {
  const id = m.btf.findByName(m.typeName + suffix, m.kind);
  const safe = id === null ? null : m.btf.typeById(id);
  if (safe?.kind !== 'struct' && safe?.kind !== 'union') return false;
  return safe.members.some((member) => {
    const t = m.btf.typeById(member.type);
    return t.kind === 'ptr' && member.name === m.field && m.btf.skipModsAndTypedefs(t.type) === m.id;
  });
}

/** How far a pointer that was read through a trusted one can be trusted itself. */
function flagOfFollowed(env: VerifierEnv, reg: Reg, m: Followed, flag: number): number {
  if (isListed(m, '__safe_trusted')) return flag | PTR_TRUSTED;
  if (isListed(m, '__safe_trusted_or_null')) return flag | PTR_TRUSTED | PTR_MAYBE_NULL;
  if (!inRcuCs(env) || typeMayBeNull(reg.type)) return PTR_UNTRUSTED;
  if (isListed(m, '__safe_rcu')) return flag | MEM_RCU;
  const rcuOrNull = isListed(m, '__safe_rcu_or_null');
  if ((flag & MEM_RCU) !== 0 || rcuOrNull) {
    return (flag | MEM_RCU | PTR_MAYBE_NULL) & (rcuOrNull ? ~PTR_UNTRUSTED : -1);
  }
  return (flag & (MEM_PERCPU | MEM_USER)) !== 0 ? flag : flag & ~TRUSTED_FLAGS;
}

function pointerFlag(env: VerifierEnv, reg: Reg, found: Walked & { kind: 'pointer' }, btf: Btf): number {
  if ((reg.type & PTR_UNTRUSTED) !== 0) return PTR_UNTRUSTED;
  if (!isTrustedReg(reg) && !isRcuReg(reg)) return found.flag & ~TRUSTED_FLAGS;
  const t = btf.typeById(reg.btfId);
  const kind = t.kind === 'union' ? 'union' : 'struct';
  return flagOfFollowed(
    env,
    reg,
    { btf, typeName: t.name, kind, field: found.field, id: found.id },
    found.flag,
  );
}

/** A loaded register, as what was found says (mark_btf_ld_reg()). */
export function markBtfLoad(
  env: VerifierEnv,
  dst: Reg,
  found: Exclude<Walked, { kind: 'struct' } | { kind: 'refused' }>,
  btf: number,
  flag: number,
): void {
  if (found.kind === 'scalar') {
    markRegUnknown(dst);
    return;
  }
  markRegKnownZero(dst);
  if (found.kind === 'plain pointer') {
    dst.type = PTR_TO_MEM | MEM_RDONLY | PTR_UNTRUSTED;
    dst.memSize = 0;
    return;
  }
  dst.type = PTR_TO_BTF_ID | flag;
  dst.btf = btf;
  dst.btfId = found.id;
  if (typeMayBeNull(flag)) dst.id = env.newId();
}

/** What may be done with the pointer at all; 0 or an errno. */
function checkPointer(env: VerifierEnv, reg: Reg, acc: Access, tname: string): number {
  if (!isGplCompatible(env.input.license) && reg.btf === BTF_VMLINUX) {
    return reject(env, EINVAL, "Cannot access kernel 'struct %s' from non-GPL compatible program\n", tname);
  }
  if (!varOffConst(reg)) {
    return reject(
      env,
      EACCES,
      'R%d is ptr_%s invalid variable offset: off=%d, var_off=%s\n',
      acc.regno,
      tname,
      acc.off,
      tnumStr(reg.a, reg.o),
    );
  }
  const off = acc.off + valLo(reg);
  if (off < 0) {
    return reject(env, EACCES, 'R%d is ptr_%s invalid negative access: off=%d\n', acc.regno, tname, off);
  }
  if ((reg.type & MEM_USER) !== 0) {
    return reject(env, EACCES, 'R%d is ptr_%s access user memory: off=%d\n', acc.regno, tname, off);
  }
  if ((reg.type & MEM_PERCPU) !== 0) {
    return reject(env, EACCES, 'R%d is ptr_%s access percpu memory: off=%d\n', acc.regno, tname, off);
  }
  return 0;
}

/** Program types whose operations say where kernel structures may be written (`btf_struct_access`). */
const WRITERS: ReadonlySet<number> = new Set([
  BPF_PROG_TYPE.struct_ops,
  BPF_PROG_TYPE.sched_cls,
  BPF_PROG_TYPE.sched_act,
  BPF_PROG_TYPE.xdp,
]);

const isOwnObject = (reg: Reg): boolean => (reg.type & MEM_ALLOC) !== 0;

/** A store through the pointer: 0, an errno, or null for a store that is checked as a load is. */
function checkWrite(env: VerifierEnv, reg: Reg, acc: Access): number | null {
  if ((reg.type & PTR_UNTRUSTED) !== 0) return reject(env, EACCES, 'only read is supported\n');
  if (!isOwnObject(reg) && WRITERS.has(env.prog.type)) {
    if (reg.btf !== BTF_VMLINUX) return reject(env, EFAULT, 'verifier bug: reg->btf must be kernel btf\n');
    return checkStructWrite(env, { typeId: reg.btfId, off: acc.off + valLo(reg), size: acc.size });
  }
  if (!isOwnObject(reg) || (reg.type & MEM_PERCPU) !== 0) {
    return reject(env, EACCES, 'only read is supported\n');
  }
  return null;
}

/** Managed fields of a program's own object are the kernel's alone. */
function checkOwnObject(env: VerifierEnv, reg: Reg, off: number, size: number): number {
  for (const field of recordOfType(env, reg.btf, reg.btfId)?.fields ?? []) {
    if (off < field.offset + field.size && field.offset < off + size) {
      return reject(env, EACCES, 'direct access to %s is disallowed\n', fieldTypeName(field.type));
    }
  }
  return 0;
}

/** check_ptr_to_btf_access(), Linux 6.18; `acc.off` holds the register's fixed offset. */
export function checkBtfAccess(env: VerifierEnv, reg: Reg, acc: Access): number {
  const btf = env.btfAt(reg.btf);
  if (btf === null) throw new Unsupported('BTF pointer without BTF');
  const tname = btf.nameOf(reg.btfId);
  const err = checkPointer(env, reg, acc, tname);
  if (err) return err;
  if (acc.write) {
    const written = checkWrite(env, reg, acc);
    if (written !== null) return written;
  }
  const place = {
    btf,
    id: reg.btfId,
    off: acc.off + valLo(reg),
    size: acc.size,
    flexArrays: !isOwnObject(reg),
  };
  const direct = isOwnObject(reg) ? checkOwnObject(env, reg, place.off, place.size) : 0;
  if (direct) return direct;
  const found = structAccess(env, place);
  if (found.kind === 'refused') return -found.errno;
  if (acc.write || acc.valueRegno < 0) return 0;
  const dst = env.reg(acc.valueRegno);
  if (found.kind !== 'pointer') markBtfLoad(env, dst, found, reg.btf, 0);
  else if (isOwnObject(reg)) markRegUnknown(dst);
  else markBtfLoad(env, dst, found, reg.btf, pointerFlag(env, reg, found, btf));
  return 0;
}
