import { BPF_MEM, BPF_ST, BPF_STX, classOf, modeOf } from '../../isa/opcodes.ts';
import {
  BPF_GRAPH_NODE,
  BPF_KPTR,
  BPF_KPTR_PERCPU,
  BPF_KPTR_REF,
  BPF_KPTR_UNREF,
  BPF_UPTR,
  type BtfField,
  findField,
  hasField,
} from '../../platform/btf-record.ts';
import { regTypeStr } from '../log/state.ts';
import { blame, reject, verbose } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EINVAL } from '../state/errno.ts';
import { recordOfReg, recordOfType } from '../state/records.ts';
import { BTF_PROG, BTF_VMLINUX, type Reg } from '../state/reg.ts';
import {
  baseType,
  isAllocObj,
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  NON_OWN_REF,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_MEM,
  PTR_TRUSTED,
  PTR_UNTRUSTED,
  typeFlag,
} from '../state/reg-type.ts';
import type { CallMeta } from './call-meta.ts';
import { inRcuCs } from './context.ts';
import { checkPtrOffReg } from './regions.ts';
import { markRegKnownZero, registerIsNull, valLo, varOffConst } from './regs.ts';
import { structIdsMatch } from './struct-ids.ts';

/** Kernel pointers in map values and allocated objects: exchange, load and store. */

/** rcu_protected_types: kernel structures that an RCU section keeps. */
const RCU_PROTECTED: ReadonlySet<string> = new Set([
  'prog_test_ref_kfunc',
  'cgroup',
  'bpf_cpumask',
  'task_struct',
  'bpf_crypto_ctx',
]);

/** rcu_safe_kptr() */
function isRcuSafe(env: VerifierEnv, field: BtfField): boolean {
  const { kptr } = field;
  if (field.type === BPF_KPTR_PERCPU) return true;
  if (field.type !== BPF_KPTR_REF || kptr === null) return false;
  return kptr.btf === env.btf || RCU_PROTECTED.has(kptr.btf.nameOf(kptr.btfId));
}

/** btf_ld_kptr_type(): flags of a kernel pointer that is loaded. */
function loadedFlags(env: VerifierEnv, field: BtfField): number {
  if (!isRcuSafe(env, field) || !inRcuCs(env)) return PTR_MAYBE_NULL | PTR_UNTRUSTED;
  const { kptr } = field;
  const isLocal = kptr !== null && kptr.btf === env.btf;
  let flags = PTR_MAYBE_NULL | MEM_RCU;
  if (field.type === BPF_KPTR_PERCPU) flags |= MEM_PERCPU;
  else if (isLocal) flags |= MEM_ALLOC;
  if (isLocal && hasField(recordOfType(env, BTF_PROG, kptr.btfId), BPF_GRAPH_NODE)) flags |= NON_OWN_REF;
  return flags;
}

/** map_kptr_match_type(), Linux 6.18: may the register be stored in the field? */
export function checkKptrMatch(env: VerifierEnv, field: BtfField, reg: Reg, regno: number): number {
  const { kptr } = field;
  const target = kptr === null ? '' : kptr.btf.nameOf(kptr.btfId);
  let name = '';
  const btf = baseType(reg.type) === PTR_TO_BTF_ID ? env.btfAt(reg.btf) : null;
  if (btf !== null && kptr !== null && hasPermittedFlags(field, reg)) {
    name = btf.nameOf(reg.btfId);
    if (checkPtrOffReg(env, reg, regno, true)) return -EACCES;
    const have = { btf, id: reg.btfId };
    const strict = field.type === BPF_KPTR_REF || field.type === BPF_KPTR_PERCPU;
    if (
      structIdsMatch(
        env,
        have,
        reg.off,
        { btf: kptr.btf, id: kptr.btfId },
        { strict, flexArrays: (reg.type & MEM_ALLOC) === 0 },
      )
    )
      return 0;
  }
  blame(env, 'invalid kptr access, R%d type=%s%s ', regno, regTypeStr(reg.type), name);
  verbose(env, 'expected=%s%s', regTypeStr(PTR_TO_BTF_ID), target);
  if (field.type === BPF_KPTR_UNREF) {
    verbose(env, ' or %s%s\n', regTypeStr(PTR_TO_BTF_ID | PTR_UNTRUSTED), target);
  } else {
    verbose(env, '\n');
  }
  return -EINVAL;
}

function hasPermittedFlags(field: BtfField, reg: Reg): boolean {
  let permitted = PTR_MAYBE_NULL;
  if (reg.btf === BTF_VMLINUX) {
    permitted |= PTR_TRUSTED | MEM_RCU;
    if (field.type === BPF_KPTR_UNREF) permitted |= PTR_UNTRUSTED;
  } else {
    permitted |= MEM_ALLOC;
    if (field.type === BPF_KPTR_PERCPU) permitted |= MEM_PERCPU;
  }
  return (typeFlag(reg.type) & ~permitted) === 0;
}

/** process_kptr_func(), Linux 6.18: the place that bpf_kptr_xchg() exchanges; notes its field in `meta`. */
export function processKptr(env: VerifierEnv, regno: number, meta: CallMeta): number {
  const reg = env.reg(regno);
  if (!isAllocObj(reg.type)) {
    const map = env.maps[reg.map];
    if (map.btf === null) {
      return reject(env, EINVAL, "map '%s' has to have BTF in order to use bpf_kptr_xchg\n", map.name);
    }
    meta.map = reg.map;
  }
  const record = recordOfReg(env, reg);
  if (!varOffConst(reg)) {
    return reject(
      env,
      EINVAL,
      "R%d doesn't have constant offset. kptr has to be at the constant offset\n",
      regno,
    );
  }
  if (!hasField(record, BPF_KPTR)) return reject(env, EINVAL, 'R%d has no valid kptr\n', regno);
  const off = reg.off + valLo(reg);
  const field = findField(record, off, BPF_KPTR);
  if (field === null) return reject(env, EACCES, "off=%d doesn't point to kptr\n", off);
  if (field.type !== BPF_KPTR_REF && field.type !== BPF_KPTR_PERCPU) {
    return reject(env, EACCES, "off=%d kptr isn't referenced kptr\n", off);
  }
  meta.kptrField = field;
  return 0;
}

/** mark_btf_ld_reg() for a kernel pointer that is loaded from its field. */
function setLoaded(env: VerifierEnv, regno: number, field: BtfField): void {
  const reg = env.reg(regno);
  const { kptr } = field;
  if (kptr === null) return;
  markRegKnownZero(reg);
  if (field.type === BPF_UPTR) {
    // A pointer to the user's memory of that size, pinned with the map.
    reg.type = PTR_TO_MEM | PTR_MAYBE_NULL;
    reg.memSize = kptr.btf.resolveSize(kptr.btfId);
    reg.id = env.newId();
    return;
  }
  reg.type = PTR_TO_BTF_ID | loadedFlags(env, field);
  reg.btf = env.btfWord(kptr.btf);
  reg.btfId = kptr.btfId;
  reg.id = env.newId();
}

export interface KptrAccess {
  readonly insnIdx: number;
  readonly write: boolean;
  /** Register read or written, -1 for none. */
  readonly valueRegno: number;
}

/** check_map_kptr_access(), Linux 6.18: a load or store of a whole kernel pointer. */
export function checkKptrAccess(env: VerifierEnv, field: BtfField, acc: KptrAccess): number {
  const code = env.insns.code[acc.insnIdx];
  if (modeOf(code) !== BPF_MEM) {
    return reject(env, EACCES, 'kptr in map can only be accessed using BPF_MEM instruction mode\n');
  }
  if (acc.write && (field.type === BPF_KPTR_REF || field.type === BPF_KPTR_PERCPU)) {
    return reject(env, EACCES, 'store to referenced kptr disallowed\n');
  }
  if (acc.write && field.type === BPF_UPTR) return reject(env, EACCES, 'store to uptr disallowed\n');
  if (!acc.write) {
    setLoaded(env, acc.valueRegno, field);
    return 0;
  }
  if (classOf(code) === BPF_STX) {
    const reg = env.reg(acc.valueRegno);
    if (registerIsNull(reg)) return 0;
    return checkKptrMatch(env, field, reg, acc.valueRegno) ? -EACCES : 0;
  }
  if (classOf(code) === BPF_ST && env.insns.imm[acc.insnIdx] !== 0) {
    const fmt = 'BPF_ST imm must be 0 when storing to kptr at off=%u\n';
    return reject(env, EACCES, fmt, field.offset);
  }
  return 0;
}
